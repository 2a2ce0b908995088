#include "bench/compare/peers/plain_file.h"

#include <string>

#include "bench/compare/inputs.h"
#include "bench/compare/stopwatch.h"

namespace fhirbin::compare {

double put_plain_file(const Path& folder, const Path& input) {
  return megabytes_per_second(std::filesystem::file_size(input), [&] {
    const File file = File::create(folder / "content");
    for_each_block(input, [&](std::span<const std::byte> block) { file.write(block); });
    file.sync();
    sync_folder(folder);
  });
}

double create_plain_files(const Path& folder, std::uint64_t count, std::uint64_t size_bytes) {
  Bytes object(size_bytes);
  return operations_per_second(count, [&] {
    for (std::uint64_t i = 0; i < count; ++i) {
      fill_random(object, i);
      const File file = File::create(folder / std::to_string(i));
      file.write(object);
      file.sync();
      sync_folder(folder);
    }
  });
}

double read_plain_file(const Path& input) {
  return megabytes_per_second(std::filesystem::file_size(input),
                              [&] { for_each_block(input, [](std::span<const std::byte>) {}); });
}

}  // namespace fhirbin::compare
