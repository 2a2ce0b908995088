#include <algorithm>
#include <cctype>
#include <filesystem>
#include <iterator>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/file_text.h"

// The folders are the architecture (ARCHITECTURE.md, "Layers"): arrows point down only, and each
// third party has one door. These tests read the sources, so an arrow that turns round fails a
// build.

namespace fhirbin::testing {
namespace {

namespace fs = std::filesystem;

const fs::path& root() {
  static const fs::path path = FHIRBIN_SOURCE_DIR;
  return path;
}

struct SourceFile {
  std::string path;  // from the root of the project
  std::string text;
};

// Every C++ file below one of `folders`.
std::vector<SourceFile> sources_in(const std::vector<std::string>& folders) {
  std::vector<SourceFile> files;
  for (const std::string& folder : folders) {
    for (const auto& entry : fs::recursive_directory_iterator(root() / folder)) {
      const fs::path& path = entry.path();
      if (path.extension() == ".h" || path.extension() == ".cpp") {
        files.push_back({fs::relative(path, root()).generic_string(), file_text(path)});
      }
    }
  }
  return files;
}

struct Include {
  std::string target;
  bool angled = false;
};

std::vector<Include> includes_of(const std::string& text) {
  static const std::regex pattern(R"re((?:^|\n)[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"])re");
  std::vector<Include> includes;
  for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match) {
    includes.push_back({(*match)[2], (*match)[1] == "<"});
  }
  return includes;
}

// The layer of "engine/LAYER/file", or nothing.
std::optional<std::string> layer_of(std::string_view path) {
  constexpr std::string_view kEngine = "engine/";
  if (!path.starts_with(kEngine)) {
    return std::nullopt;
  }
  path.remove_prefix(kEngine.size());
  return std::string(path.substr(0, path.find('/')));
}

// What each layer may include, itself left out. Public headers are open to all.
const std::map<std::string, std::set<std::string>>& arrows() {
  static const std::map<std::string, std::set<std::string>> allowed = {
      {"util", {}},
      {"codec", {"util"}},
      {"chunk", {"util", "codec"}},
      {"storage", {"util", "chunk"}},
      {"fhir", {"util", "codec"}},
      {"store", {"util", "codec", "chunk", "storage", "fhir"}},
      {"rest", {"util", "fhir", "store"}},
      {"c", {"util", "store"}},
  };
  return allowed;
}

// Why `file` may not include what it includes; empty when it may.
std::vector<std::string> broken_arrows(const SourceFile& file) {
  std::vector<std::string> broken;
  const std::optional<std::string> layer = layer_of(file.path);
  if (!layer || !arrows().contains(*layer)) {
    return {file.path + " lies in no layer"};
  }
  for (const Include& include : includes_of(file.text)) {
    if (include.angled) {
      continue;
    }
    const std::optional<std::string> target = layer_of(include.target);
    const bool is_public = include.target.starts_with("fhirbin/");
    const bool is_below = target && (*target == *layer || arrows().at(*layer).contains(*target));
    if (!is_public && !is_below) {
      broken.push_back(file.path + " includes " + include.target);
    }
  }
  return broken;
}

// Headers that come neither from the standard library nor from us, and where they may be included.
struct Door {
  std::string header;  // a regular expression
  std::string place;   // what the path of the including file must start with
};
const std::vector<Door>& doors() {
  static const std::vector<Door> all = {
      {R"(sqlite3.*\.h)", "engine/storage/"},     {R"(simdjson.*\.h)", "engine/fhir/"},
      {R"(zstd.*\.h|zdict\.h)", "engine/codec/"}, {R"(xxh.*\.h)", "engine/util/hash.cpp"},
      {R"(microhttpd\.h)", "tools/http/"},        {R"(CLI/.*)", "tools/command_"},
  };
  return all;
}

// What the operating system and the compiler bring.
bool is_system_header(const std::string& header) {
  static const std::set<std::string> known = {"fcntl.h",  "malloc.h",    "pthread.h",  "signal.h",
                                              "unistd.h", "immintrin.h", "arm_neon.h", "poll.h",
                                              "dirent.h", "dlfcn.h",     "time.h",     "strings.h"};
  return known.contains(header) || header.starts_with("sys/") || header.starts_with("arpa/") ||
         header.starts_with("netinet/");
}

// Names without a suffix are the standard library's; <stddef.h> and <stdint.h> are C's.
bool is_standard_header(const std::string& header) {
  static const std::set<std::string> c_headers = {"stddef.h", "stdint.h"};
  return header.find('.') == std::string::npos || c_headers.contains(header);
}

std::vector<std::string> broken_doors(const SourceFile& file) {
  std::vector<std::string> broken;
  for (const Include& include : includes_of(file.text)) {
    if (!include.angled || is_standard_header(include.target) || is_system_header(include.target)) {
      continue;
    }
    const bool open = std::ranges::any_of(doors(), [&](const Door& door) {
      return std::regex_match(include.target, std::regex(door.header)) &&
             file.path.starts_with(door.place);
    });
    if (!open) {
      broken.push_back(file.path + " includes <" + include.target + ">");
    }
  }
  return broken;
}

// A quote, and not the separator of digits in 1'000.
bool opens_literal(const std::string& text, std::size_t i) {
  const bool after_digit = i > 0 && std::isalnum(static_cast<unsigned char>(text[i - 1])) != 0;
  return text[i] == '"' || (text[i] == '\'' && !after_digit);
}

// The text without comments; with the contents of string literals only where `keep_strings`.
std::string strip(const std::string& text, bool keep_strings) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (text.compare(i, 2, "//") == 0) {
      i = std::min(text.find('\n', i), text.size());
    } else if (text.compare(i, 2, "/*") == 0) {
      i = std::min(text.find("*/", i), text.size() - 2) + 2;
    } else if (text.compare(i, 3, "R\"(") == 0) {
      const std::size_t end = std::min(text.find(")\"", i), text.size() - 2) + 2;
      out += keep_strings ? text.substr(i, end - i) : "\"\"";
      i = end;
    } else if (opens_literal(text, i)) {
      std::size_t end = i + 1;
      while (end < text.size() && text[end] != text[i] && text[end] != '\n') {
        end += text[end] == '\\' ? 2U : 1U;
      }
      end = std::min(end + 1, text.size());
      out += keep_strings ? text.substr(i, end - i) : "\"\"";
      i = end;
    } else {
      out += text[i++];
    }
  }
  return out;
}

// String literals that are SQL beyond what a connection needs to be one.
std::vector<std::string> sql_in(const SourceFile& file) {
  static const std::regex literal(R"re("((?:[^"\\\n]|\\.)*)")re");
  static const std::regex statement(
      R"(^\s*(SELECT|INSERT|UPDATE|DELETE FROM|REPLACE INTO|CREATE (TABLE|INDEX|UNIQUE|VIEW|TRIGGER)|DROP|ALTER|VACUUM|ATTACH)\b.*)");
  const std::string text = strip(file.text, true);
  std::vector<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), literal), end; match != end; ++match) {
    const std::string value = (*match)[1];
    if (std::regex_match(value, statement)) {
      found.push_back(file.path + ": " + value);
    }
  }
  return found;
}

// How a file of another layer than storage runs statements itself: by the texts, or by the type,
// which comes along with every header that names a connection.
std::vector<std::string> statements_in(const SourceFile& file) {
  static const std::set<std::string> headers = {
      "engine/storage/sql.h", "engine/storage/volume_sql.h", "engine/storage/statement.h"};
  static const std::regex run(R"(\bStatement\b|\bconnection_?(\.|->)(prepare|query_number)\b)");
  std::vector<std::string> found;
  if (layer_of(file.path) == "storage") {
    return found;
  }
  for (const Include& include : includes_of(file.text)) {
    if (headers.contains(include.target)) {
      found.push_back(file.path + " includes " + include.target);
    }
  }
  const std::string text = strip(file.text, false);
  std::smatch match;
  if (std::regex_search(text, match, run)) {
    found.push_back(file.path + " says " + match.str());
  }
  return found;
}

std::string joined(const std::vector<std::string>& lines) {
  std::ostringstream text;
  for (const std::string& line : lines) {
    text << line << '\n';
  }
  return text.str();
}

TEST(LayeringTest, ArrowsBetweenLayersPointDownOnly) {
  std::vector<std::string> broken;
  const auto files = sources_in({"engine"});
  ASSERT_GT(files.size(), 100U) << "the sources were not found";
  for (const SourceFile& file : files) {
    std::ranges::copy(broken_arrows(file), std::back_inserter(broken));
  }
  EXPECT_TRUE(broken.empty()) << joined(broken);
}

TEST(LayeringTest, EachThirdPartyHasOneDoor) {
  std::vector<std::string> broken;
  for (const SourceFile& file : sources_in({"engine", "tools"})) {
    std::ranges::copy(broken_doors(file), std::back_inserter(broken));
  }
  EXPECT_TRUE(broken.empty()) << joined(broken);
}

TEST(LayeringTest, PublicHeadersIncludeTheStandardLibraryAndThemselvesOnly) {
  std::vector<std::string> broken;
  for (const SourceFile& file : sources_in({"include"})) {
    for (const Include& include : includes_of(file.text)) {
      const bool fine = include.angled ? is_standard_header(include.target)
                                       : include.target.starts_with("fhirbin/");
      if (!fine) {
        broken.push_back(file.path + " includes " + include.target);
      }
    }
  }
  EXPECT_TRUE(broken.empty()) << joined(broken);
}

TEST(LayeringTest, TheCommandUsesThePublicInterfaceOnly) {
  std::vector<std::string> broken;
  for (const SourceFile& file : sources_in({"tools"})) {
    for (const Include& include : includes_of(file.text)) {
      if (!include.angled && !include.target.starts_with("fhirbin/") &&
          !include.target.starts_with("tools/")) {
        broken.push_back(file.path + " includes " + include.target);
      }
    }
  }
  EXPECT_TRUE(broken.empty()) << joined(broken);
}

TEST(LayeringTest, SqlIsWrittenWhereTheSchemaAndItsStatementsAre) {
  const std::set<std::string> places = {"engine/storage/sql.h", "engine/storage/volume_sql.h",
                                        "engine/storage/schema.cpp"};
  std::vector<std::string> broken;
  for (const SourceFile& file : sources_in({"engine", "include", "tools"})) {
    if (!places.contains(file.path)) {
      std::ranges::copy(sql_in(file), std::back_inserter(broken));
    }
  }
  EXPECT_TRUE(broken.empty()) << joined(broken);
}

TEST(LayeringTest, StatementsRunInTheStorageLayerOnly) {
  std::vector<std::string> broken;
  for (const SourceFile& file : sources_in({"engine", "tools"})) {
    std::ranges::copy(statements_in(file), std::back_inserter(broken));
  }
  EXPECT_TRUE(broken.empty()) << joined(broken);
}

TEST(LayeringTest, NothingIsLeftForLater) {
  // Spelled in parts, so that this file does not find itself.
  const std::vector<std::string> marks = {std::string("TO") + "DO", std::string("FIX") + "ME",
                                          std::string("XX") + "X"};
  std::vector<std::string> broken;
  for (const SourceFile& file : sources_in({"engine", "include", "tools", "tests", "bench"})) {
    for (const std::string& mark : marks) {
      if (std::regex_search(file.text, std::regex("\\b" + mark + "\\b"))) {
        broken.push_back(file.path + " says " + mark);
      }
    }
  }
  EXPECT_TRUE(broken.empty()) << joined(broken);
}

TEST(LayeringTest, NobodyThrowsAcrossTheEngine) {
  // Errors are values; what the standard library throws ends in guarded().
  static const std::regex thrown(R"(\bthrow\b)");
  std::vector<std::string> broken;
  for (const SourceFile& file : sources_in({"engine", "include"})) {
    if (std::regex_search(strip(file.text, false), thrown)) {
      broken.push_back(file.path);
    }
  }
  EXPECT_TRUE(broken.empty()) << joined(broken);
}

// The rules themselves: each must see what it is there to see.
TEST(LayeringRulesTest, AnUpwardOrSidewaysArrowIsSeen) {
  const struct {
    const char* path;
    const char* include;
    bool broken;
  } cases[] = {
      {"engine/util/bytes.h", "\"engine/codec/base64.h\"", true},
      {"engine/codec/base64.h", "\"engine/util/bytes.h\"", false},
      {"engine/codec/base64.h", "\"engine/chunk/cutter.h\"", true},
      {"engine/chunk/cutter.h", "\"engine/storage/sql.h\"", true},
      {"engine/storage/lanes.h", "\"engine/chunk/chunk_map.h\"", false},
      {"engine/storage/lanes.h", "\"engine/fhir/lifter.h\"", true},
      {"engine/storage/lanes.h", "\"engine/codec/page_codec.h\"", true},
      {"engine/fhir/lifter.h", "\"engine/chunk/cutter.h\"", true},
      {"engine/fhir/lifter.h", "\"engine/codec/base64.h\"", false},
      {"engine/store/pin.h", "\"engine/storage/catalog.h\"", false},
      {"engine/store/pin.h", "\"engine/c/call.h\"", true},
      {"engine/c/call.h", "\"engine/store/store_impl.h\"", false},
      {"engine/c/call.h", "\"engine/storage/catalog.h\"", true},
      {"engine/util/bytes.h", "\"fhirbin/error.h\"", false},
      {"engine/util/bytes.h", "\"bytes.h\"", true},
      {"engine/misc/bytes.h", "<span>", true},
  };
  for (const auto& c : cases) {
    const std::string text = std::string("#include ") + c.include + "\n";
    EXPECT_EQ(!broken_arrows({c.path, text}).empty(), c.broken) << c.path << " " << c.include;
  }
}

TEST(LayeringRulesTest, ASecondDoorIsSeen) {
  const struct {
    const char* path;
    const char* include;
    bool broken;
  } cases[] = {
      {"engine/storage/statement.cpp", "<sqlite3.h>", false},
      {"engine/store/pin.cpp", "<sqlite3.h>", true},
      {"engine/fhir/envelope.cpp", "<simdjson.h>", false},
      {"engine/codec/base64.cpp", "<simdjson.h>", true},
      {"engine/codec/page_codec.cpp", "<zstd.h>", false},
      {"engine/codec/page_codec.cpp", "<zstd_errors.h>", false},
      {"engine/store/store.cpp", "<zstd.h>", true},
      {"engine/util/hash.cpp", "<xxhash.h>", false},
      {"engine/util/hash.cpp", "<xxh_x86dispatch.h>", false},
      {"engine/util/bytes.cpp", "<xxhash.h>", true},
      {"engine/util/bytes.cpp", "<boost/asio.hpp>", true},
      {"engine/util/bytes.cpp", "<vector>", false},
      {"engine/util/bytes.cpp", "<fcntl.h>", false},
  };
  for (const auto& c : cases) {
    const std::string text = std::string("// text\n  #  include ") + c.include + "\n";
    EXPECT_EQ(!broken_doors({c.path, text}).empty(), c.broken) << c.path << " " << c.include;
  }
}

TEST(LayeringRulesTest, SqlIsToldFromOtherText) {
  const struct {
    const char* text;
    bool sql;
  } cases[] = {
      {R"x(prepare("SELECT 1");)x", true},
      {R"x(prepare("INSERT INTO t VALUES(?1)");)x", true},
      {R"x(prepare("DELETE FROM t");)x", true},
      {R"x(// "SELECT 1")x", false},
      {R"x(execute("PRAGMA cache_spill=OFF");)x", false},
      {R"x(begin("BEGIN IMMEDIATE");)x", false},
      {R"x(say("select a file");)x", false},
      {R"x(say("cannot SELECT");)x", false},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(!sql_in({"engine/store/pin.cpp", c.text}).empty(), c.sql) << c.text;
  }
}

TEST(LayeringRulesTest, AStatementOutsideTheStorageLayerIsSeen) {
  const struct {
    const char* path;
    const char* text;
    bool seen;
  } cases[] = {
      {"engine/store/pin.cpp", R"x(#include "engine/storage/sql.h")x", true},
      {"engine/store/pin.cpp", R"x(#include "engine/storage/volume_sql.h")x", true},
      {"engine/store/pin.h", R"x(#include "engine/storage/statement.h")x", true},
      {"engine/store/pin.cpp", R"x(#include "engine/storage/pin_table.h")x", false},
      {"engine/storage/pin_table.cpp", R"x(#include "engine/storage/sql.h")x", false},
      {"engine/store/pin.cpp", "auto query = connection.prepare(text);", true},
      {"engine/store/pin.cpp", "connection.query_number(text)", true},
      {"engine/store/pin.cpp", "void bind(storage::Statement& query);", true},
      {"engine/store/pin.cpp", "// a Statement", false},
      {"engine/rest/reply.cpp", "CapabilityStatement statement;", false},
      {"engine/storage/pin_table.cpp", "Statement query;", false},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(!statements_in({c.path, c.text}).empty(), c.seen) << c.path << ": " << c.text;
  }
}

}  // namespace
}  // namespace fhirbin::testing
