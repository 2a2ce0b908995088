// Does a reader of sealed content notice that somebody else fills the store?
#include <atomic>

#include "bench/compare/callers.h"
#include "bench/compare/generated_source.h"
#include "bench/compare/our_store.h"
#include "bench/compare/require.h"
#include "bench/compare/rows.h"
#include "bench/compare/stopwatch.h"

namespace fhirbin::compare {
namespace {

// Content beyond it opens the next volume, so what lies before is sealed.
constexpr std::uint64_t kVolumeBytes = 256 * kMiB;

constexpr double kAloneSeconds = 0.5;

// Reads the first bytes of a Binary again and again, all of them in sealed volumes.
class SealedReading {
 public:
  SealedReading(Store& store, const std::string& id, std::uint64_t length)
      : reader_(require(store.open_reader(id))), length_(length) {}

  // Returns MB/s, over whole passes while `more()`, at least one.
  double read_while(const auto& more) {
    const Stopwatch watch;
    std::uint64_t bytes = 0;
    do {
      for (std::uint64_t offset = 0; offset < length_; offset += buffer_.size()) {
        bytes += require(reader_.read_at(offset, buffer_));
      }
    } while (more());
    return static_cast<double>(bytes) / 1e6 / watch.seconds();
  }

  double read_alone(double seconds) {
    const Stopwatch watch;
    return read_while([&] { return watch.seconds() < seconds; });
  }

 private:
  Reader reader_;
  std::uint64_t length_;
  Bytes buffer_ = Bytes(256 * kKiB);
};

// Sets a flag when its scope is left, by an exception too.
class Finally {
 public:
  explicit Finally(std::atomic<bool>& flag) : flag_(flag) {}
  Finally(const Finally&) = delete;
  Finally& operator=(const Finally&) = delete;
  ~Finally() { flag_ = true; }

 private:
  std::atomic<bool>& flag_;
};

struct Places {
  unsigned reader_core = 0;
  unsigned writer_core = 0;
};

double read_beside_put(Store& store, SealedReading& reading, std::uint64_t put_bytes,
                       Places places) {
  std::atomic<bool> over = false;
  double speed = 0;
  run_callers(2, [&](unsigned caller) {
    if (caller == 0) {
      stay_on_core(places.writer_core);
      const Finally end(over);
      GeneratedSource source(2, put_bytes);
      (void)require(store.create(source, {.content_type = kRawType}));
    } else {
      stay_on_core(places.reader_core);
      speed = reading.read_while([&] { return !over; });
    }
  });
  return speed;
}

// Figures: beside a put, alone.
std::vector<double> measure(const Path& folder, std::uint64_t put_bytes, Places places) {
  stay_on_core(places.reader_core);
  Store store = make_store(folder);
  const std::uint64_t sealed_bytes = std::min(kVolumeBytes, put_bytes) / 2;
  GeneratedSource source(1, put_bytes < kVolumeBytes ? put_bytes : 2 * kVolumeBytes);
  const std::string id = require(store.create(source, {.content_type = kRawType})).id;
  SealedReading reading(store, id, sealed_bytes);
  // Alone before and after, for a machine whose speed drifts.
  const double before = reading.read_alone(kAloneSeconds);
  const double beside = read_beside_put(store, reading, put_bytes, places);
  stay_on_core(places.reader_core);
  const double after = reading.read_alone(kAloneSeconds);
  return {beside, (before + after) / 2};
}

Contestant contestant(const Suite& suite, Places places) {
  return {.name = "fhirbin", .work = [&plan = suite.plan(), places](const Path& folder) {
            return measure(folder, plan.large_bytes, places);
          }};
}

void add(Suite& suite, Row row, Places places) {
  row.against = "the same read alone";
  row.unit = "MB/s";
  const auto standing = suite.compete(suite.plan().large_rounds, {contestant(suite, places)});
  suite.add(std::move(row), standing[0], standing[0].with_figure(1));
}

constexpr const char* kSameCore = "read-beside-put-same-core";
constexpr const char* kOtherCore = "read-beside-put";

void run(Suite& suite) {
  if (suite.wants(kOtherCore)) {
    Row row{.name = kOtherCore,
            .work = "read sealed content while another thread puts 1 GB with one core",
            .goal = {.floor = 0.7, .aim = 0.9}};
    if (available_cores() < 2) {
      row.skipped = "there is only one core";
      suite.add(std::move(row));
    } else {
      add(suite, std::move(row), {.reader_core = 1, .writer_core = 0});
    }
  }
  if (suite.wants(kSameCore)) {
    add(suite,
        {.name = kSameCore,
         .work = "the same with reader and writer on one core (an even share is 0.5 or less)",
         .against = {},
         .unit = {}},
        {});
  }
}

}  // namespace

RowGroup read_beside_put_rows() { return {.names = {kOtherCore, kSameCore}, .run = run}; }

}  // namespace fhirbin::compare
