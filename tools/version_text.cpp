#include "tools/version_text.h"

#include <cstddef>
#include <string_view>

#include "fhirbin/instant.h"
#include "tools/units.h"
#include "tools/version_reference.h"

namespace fhirbin::tool {

void append_json(JsonText& json, const VersionInfo& info) {
  json.begin_object()
      .member("reference", reference_text(info))
      .member("id", info.id)
      .member("version", info.version)
      .member("sequence", info.sequence)
      .member("last_updated", format_instant(info.last_updated))
      .member("deleted", info.deleted)
      .member("created", info.created);
  if (!info.deleted) {
    json.member("content_type", info.content_type)
        .member("size_bytes", info.size_bytes)
        .member("xxh3_128", digest_text(info.digest));
  }
  if (!info.security_context.empty()) {
    json.member("security_context", info.security_context);
  }
  json.end_object();
}

FieldList fields_of(const VersionInfo& info) {
  FieldList fields;
  fields.add("Reference", reference_text(info));
  fields.add("Updated", format_instant(info.last_updated));
  fields.add("Sequence", grouped(info.sequence));
  if (info.deleted) {
    fields.add("State", "deleted");
    return fields;
  }
  fields.add("Content type", info.content_type);
  if (!info.security_context.empty()) {
    fields.add("Security context", info.security_context);
  }
  fields.add("Size", human_and_exact_bytes(info.size_bytes));
  fields.add("XXH3-128", digest_text(info.digest));
  return fields;
}

std::string flags_of(const VersionInfo& info) {
  std::string flags;
  const auto add = [&flags](bool set, std::string_view name) {
    if (set) {
      flags += flags.empty() ? "" : ",";
      flags += name;
    }
  };
  add(info.deleted, "deleted");
  add(info.created, "created");
  add(!info.security_context.empty(), "security");
  return flags.empty() ? "-" : flags;
}

std::string digest_text(const ContentDigest& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : digest.bytes) {
    text += kDigits[std::to_integer<std::size_t>(byte >> 4U)];
    text += kDigits[std::to_integer<std::size_t>(byte & std::byte{0x0F})];
  }
  return text;
}

}  // namespace fhirbin::tool
