#include "bench/compare/peers/simdjson_document.h"

#include <algorithm>
#include <cstring>

#include <simdjson.h>

#include "bench/compare/peers/scalar_base64.h"
#include "bench/compare/peers/sqlite_database.h"
#include "bench/compare/require.h"
#include "bench/compare/stopwatch.h"

namespace fhirbin::compare {
namespace {

Bytes decode_payload(const Path& document) {
  simdjson::padded_string text(std::filesystem::file_size(document));
  std::size_t at = 0;
  for_each_block(document, [&](std::span<const std::byte> block) {
    std::memcpy(text.data() + at, block.data(), block.size());
    at += block.size();
  });
  simdjson::dom::parser parser;
  std::string_view data;
  require(parser.parse(text)["data"].get(data) == simdjson::SUCCESS, "simdjson");
  Bytes payload((data.size() / 4 * 3) + 3);
  payload.resize(decode_scalar_base64(data, payload.data()));
  return payload;
}

void store_rows(SqliteDatabase& database, std::span<const std::byte> payload) {
  SyncPace pace;
  database.run("BEGIN");
  while (!payload.empty()) {
    const auto row = payload.first(std::min<std::size_t>(payload.size(), kBlockBytes));
    database.insert(row);
    if (pace.due(row.size())) {
      database.run("COMMIT");
      database.run("BEGIN");
    }
    payload = payload.subspan(row.size());
  }
  database.run("COMMIT");
}

}  // namespace

double create_with_simdjson(const Path& folder, const Path& document, std::uint64_t payload_bytes) {
  SqliteDatabase database(folder / "json.db");
  return megabytes_per_second(payload_bytes, [&] {
    const Bytes payload = decode_payload(document);
    require(payload.size() == payload_bytes, "decoding");
    store_rows(database, payload);
  });
}

}  // namespace fhirbin::compare
