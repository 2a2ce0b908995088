#include "bench/compare/machine.h"

#include <array>
#include <chrono>
#include <ctime>
#include <fstream>

#include <simdjson.h>
#include <sqlite3.h>
#include <sys/utsname.h>
#include <zstd.h>

#include "bench/compare/peers/lmdb.h"
#include "bench/compare/peers/rocksdb_blob.h"
#include "bench/compare/peers/scalar_base64.h"
#include "bench/compare/process.h"

namespace fhirbin::compare {
namespace {

// The value of the first line "`name` : value" of a file.
std::string read_entry(const char* path, const std::string& name) {
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with(name)) {
      const std::size_t at = line.find_first_not_of(" \t", line.find(':') + 1);
      return at == std::string::npos ? "" : line.substr(at);
    }
  }
  return "unknown";
}

std::string kernel() {
  utsname names{};
  return ::uname(&names) == 0 ? std::string(names.sysname) + " " + names.release : "unknown";
}

// The type of the file system with the longest mount point that `folder` starts with.
std::string file_system(const Path& folder) {
  const std::string path = std::filesystem::weakly_canonical(folder).string();
  std::ifstream mounts("/proc/mounts");
  std::string device;
  std::string point;
  std::string type;
  std::string rest;
  std::string best_type = "unknown";
  std::size_t best_length = 0;
  while (mounts >> device >> point >> type && std::getline(mounts, rest)) {
    if (path.starts_with(point) && point.size() >= best_length) {
      best_length = point.size();
      best_type = type;
    }
  }
  return best_type;
}

std::string date() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &parts)};
}

std::string load() {
  std::ifstream file("/proc/loadavg");
  std::string average;
  file >> average;
  return average;
}

std::string or_absent(const std::string& version) { return version.empty() ? "absent" : version; }

}  // namespace

std::vector<std::pair<std::string, std::string>> describe_machine(const Path& data_folder) {
  return {{"date", date()},
          {"processor", read_entry("/proc/cpuinfo", "model name")},
          {"cores", std::to_string(available_cores())},
          {"memory", read_entry("/proc/meminfo", "MemTotal")},
          {"kernel", kernel()},
          {"file system", file_system(data_folder)},
          {"load when it began", load()},
          {"fhirbin", FHIRBIN_VERSION},
          {"compiler", FHIRBIN_COMPARE_COMPILER},
          {"flags", FHIRBIN_COMPARE_FLAGS},
          {"SQLite", sqlite3_libversion()},
          {"zstd", ZSTD_versionString()},
          {"simdjson", SIMDJSON_STRINGIFY(SIMDJSON_VERSION)},
          {"RocksDB", or_absent(rocksdb_version())},
          {"LMDB", or_absent(lmdb_version())},
          {"libmodpbase64", has_scalar_base64() ? "present" : "absent"}};
}

}  // namespace fhirbin::compare
