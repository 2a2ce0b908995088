// What does FHIR JSON cost beside the same bytes raw?
#include <string>

#include "bench/compare/our_store.h"
#include "bench/compare/peers/scalar_base64.h"
#include "bench/compare/peers/simdjson_document.h"
#include "bench/compare/require.h"
#include "bench/compare/rows.h"
#include "bench/compare/stopwatch.h"
#include "engine/codec/base64.h"

namespace fhirbin::compare {
namespace {

// The payload as the one long line that senders write.
void write_document(const Path& payload, const Path& document) {
  const File file = File::create(document);
  const auto write_text = [&](std::string_view text) { file.write(as_bytes(text)); };
  write_text(R"({"resourceType":"Binary","contentType":"application/octet-stream","data":")");
  codec::Base64Encoder encoder;
  std::string text(codec::Base64Encoder::max_encoded_size(kBlockBytes), '\0');
  for_each_block(payload, [&](std::span<const std::byte> block) {
    write_text({text.data(), encoder.encode(block, text)});
  });
  write_text({text.data(), encoder.finish(text)});
  write_text("\"}");
}

Contestant put_ours(const Path& input, const char* content_type, std::uint64_t payload_bytes) {
  return {.name = content_type, .work = [=](const Path& folder) -> std::vector<double> {
            Store store = make_store(folder);
            return {megabytes_per_second(payload_bytes,
                                         [&] { (void)put_file(store, input, content_type); })};
          }};
}

void run(Suite& suite) {
  const std::uint64_t size = suite.plan().json_bytes;
  const Path payload = suite.input(InputKind::kIncompressible, size);
  const Path document = suite.data_folder() / "document.json";
  write_document(payload, document);
  std::vector<Contestant> contestants = {put_ours(document, kFhirJson, size),
                                         put_ours(payload, kRawType, size)};
  if (has_scalar_base64()) {
    contestants.push_back({.name = "simdjson", .work = [=](const Path& folder) {
                             return std::vector{create_with_simdjson(folder, document, size)};
                           }});
  }
  const auto standings = suite.compete(suite.plan().large_rounds, contestants);
  Row row{.name = "create-json",
          .work = "create from FHIR JSON",
          .against = "the same payload raw",
          .unit = "MB/s",
          .goal = {.floor = 0.8, .aim = 0.95}};
  if (suite.wants(row.name)) {
    suite.add(row, standings[0], standings[1]);
  }
  row.name = "create-json-simdjson";
  row.against = "simdjson over the whole document, libmodpbase64, SQLite rows";
  row.goal = {};
  if (suite.wants(row.name)) {
    if (has_scalar_base64()) {
      suite.add(row, standings[0], standings[2]);
    } else {
      row.skipped = "libmodpbase64 was not found when this was built";
      suite.add(row);
    }
  }
  std::filesystem::remove(document);
}

}  // namespace

RowGroup json_rows() { return {.names = {"create-json", "create-json-simdjson"}, .run = run}; }

}  // namespace fhirbin::compare
