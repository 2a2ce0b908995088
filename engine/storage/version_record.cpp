#include "engine/storage/version_record.h"

namespace fhirbin::storage {
namespace {

void append_sized(ByteVector& target, std::string_view text) {
  append_le<std::uint64_t>(target, text.size());
  append_bytes(target, as_bytes(text));
}

}  // namespace

Hash128 compute_seal(const HashSecret& secret, const StoreId& store_id,
                     const VersionRecord& record) {
  ByteVector fields;
  fields.reserve(256 + record.elements.size() + record.security_context.size());
  append_bytes(fields, store_id.bytes);
  append_sized(fields, record.id);
  append_le(fields, record.sequence);
  append_le(fields, record.binary_key);
  append_le(fields, record.number);
  append_le(fields, static_cast<std::uint64_t>(record.last_updated_ms));
  append_le(fields, static_cast<std::uint8_t>(record.action));
  append_sized(fields, record.content_type);
  append_sized(fields, record.security_context);
  append_sized(fields, record.elements);
  append_le(fields, record.size_bytes);
  append_bytes(fields, record.digest.bytes);
  append_le(fields, static_cast<std::uint8_t>(record.placement));
  append_le(fields, record.stored_bytes);
  append_le(fields, record.chunk_count);
  append_bytes(fields, record.map_hash.bytes);
  return compute_hash(secret, fields);
}

}  // namespace fhirbin::storage
