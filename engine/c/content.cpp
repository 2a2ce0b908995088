#include "engine/c/call.h"
#include "engine/c/handles.h"
#include "engine/c/options.h"
#include "engine/c/results.h"
#include "engine/c/streams.h"
#include "engine/util/bytes.h"
#include "fhirbin/c.h"

using namespace fhirbin;  // the whole file speaks of both interfaces

namespace {

void hand_out(VersionInfo info, fhirbin_version_info** target) {
  if (target != nullptr) {
    *target = std::make_unique<c::OwnedVersion>(std::move(info)).release();
  }
}

void clear(fhirbin_version_info** target) noexcept {
  if (target != nullptr) {
    *target = nullptr;
  }
}

MutableByteSpan buffer_of(void* bytes, size_t size) noexcept {
  return {static_cast<std::byte*>(bytes), size};
}

// A reading into a caller's buffer, in either of the two ways.
template <class Read>
fhirbin_status read_into(fhirbin_reader* reader, void* buffer, size_t size, size_t* copied,
                         fhirbin_error* error, Read&& read) {
  return c::call(error, [&]() -> Result<void> {
    FHIRBIN_TRY(c::require(copied, "copied"));
    *copied = 0;
    FHIRBIN_TRY(c::require(reader, "reader"));
    FHIRBIN_TRY(size == 0 ? Result<void>() : c::require(buffer, "buffer"));
    FHIRBIN_TRY_ASSIGN(*copied, read(reader->value, buffer_of(buffer, size)));
    return {};
  });
}

}  // namespace

fhirbin_status fhirbin_put(fhirbin_store* store, const fhirbin_write_options* options,
                           const fhirbin_source* source, fhirbin_version_info** made,
                           fhirbin_error* error) {
  return c::call(error, [&]() -> Result<void> {
    clear(made);
    FHIRBIN_TRY(c::require(store, "store"));
    FHIRBIN_TRY_ASSIGN(const c::WriteRequest request, c::make_write_request(options));
    FHIRBIN_TRY_ASSIGN(const fhirbin_source taken, c::take_source(source));
    c::CallbackSource pulled(taken);
    FHIRBIN_TRY_ASSIGN(
        VersionInfo info,
        request.id ? store->value.update(*request.id, pulled, request.content, request.options)
                   : store->value.create(pulled, request.content, request.options));
    hand_out(std::move(info), made);
    return {};
  });
}

fhirbin_status fhirbin_writer_open(fhirbin_store* store, const fhirbin_write_options* options,
                                   fhirbin_writer** writer, fhirbin_error* error) {
  return c::call(error, [&]() -> Result<void> {
    FHIRBIN_TRY(c::require(writer, "writer"));
    *writer = nullptr;
    FHIRBIN_TRY(c::require(store, "store"));
    FHIRBIN_TRY_ASSIGN(const c::WriteRequest request, c::make_write_request(options));
    FHIRBIN_TRY_ASSIGN(
        Writer begun, request.id
                          ? store->value.begin_update(*request.id, request.content, request.options)
                          : store->value.begin_create(request.content, request.options));
    *writer = std::make_unique<fhirbin_writer>(std::move(begun)).release();
    return {};
  });
}

fhirbin_status fhirbin_writer_write(fhirbin_writer* writer, const void* bytes, size_t size,
                                    fhirbin_error* error) {
  return c::call(error, [&]() -> Result<void> {
    FHIRBIN_TRY(c::require(writer, "writer"));
    FHIRBIN_TRY(size == 0 ? Result<void>() : c::require(bytes, "bytes"));
    return writer->value.write({static_cast<const std::byte*>(bytes), size});
  });
}

fhirbin_status fhirbin_writer_commit(fhirbin_writer* writer, fhirbin_version_info** made,
                                     fhirbin_error* error) {
  return c::call(error, [&]() -> Result<void> {
    clear(made);
    FHIRBIN_TRY(c::require(writer, "writer"));
    FHIRBIN_TRY_ASSIGN(VersionInfo info, writer->value.commit());
    hand_out(std::move(info), made);
    return {};
  });
}

void fhirbin_writer_free(fhirbin_writer* writer) { delete writer; }

fhirbin_status fhirbin_remove(fhirbin_store* store, const char* id, uint64_t if_match,
                              fhirbin_version_info** made, fhirbin_error* error) {
  return c::call(error, [&]() -> Result<void> {
    clear(made);
    FHIRBIN_TRY(c::require(store, "store"));
    FHIRBIN_TRY(c::require(id, "id"));
    FHIRBIN_TRY_ASSIGN(auto info,
                       store->value.remove(id, {.if_match = c::optional_version(if_match)}));
    if (info) {
      hand_out(*std::move(info), made);
    }
    return {};
  });
}

fhirbin_status fhirbin_reader_open(fhirbin_store* store, const char* id, uint64_t version,
                                   fhirbin_reader** reader, fhirbin_error* error) {
  return c::call(error, [&]() -> Result<void> {
    FHIRBIN_TRY(c::require(reader, "reader"));
    *reader = nullptr;
    FHIRBIN_TRY(c::require(store, "store"));
    FHIRBIN_TRY(c::require(id, "id"));
    FHIRBIN_TRY_ASSIGN(Reader opened, store->value.open_reader(id, c::optional_version(version)));
    *reader = std::make_unique<fhirbin_reader>(std::move(opened)).release();
    return {};
  });
}

const fhirbin_version_info* fhirbin_reader_info(const fhirbin_reader* reader) {
  return reader == nullptr ? nullptr : &reader->info;
}

fhirbin_status fhirbin_reader_read_at(fhirbin_reader* reader, uint64_t offset, void* buffer,
                                      size_t size, size_t* copied, fhirbin_error* error) {
  return read_into(
      reader, buffer, size, copied, error,
      [offset](Reader& from, MutableByteSpan out) { return from.read_at(offset, out); });
}

fhirbin_status fhirbin_reader_read(fhirbin_reader* reader, void* buffer, size_t size,
                                   size_t* copied, fhirbin_error* error) {
  return read_into(reader, buffer, size, copied, error,
                   [](Reader& from, MutableByteSpan out) { return from.read(out); });
}

fhirbin_status fhirbin_reader_next(fhirbin_reader* reader, const void** bytes, size_t* size,
                                   fhirbin_error* error) {
  return c::call(error, [&]() -> Result<void> {
    FHIRBIN_TRY(c::require(bytes, "bytes"));
    FHIRBIN_TRY(c::require(size, "size"));
    *bytes = nullptr;
    *size = 0;
    FHIRBIN_TRY(c::require(reader, "reader"));
    FHIRBIN_TRY_ASSIGN(const auto piece, reader->value.next());
    *bytes = piece.data();
    *size = piece.size();
    return {};
  });
}

void fhirbin_reader_free(fhirbin_reader* reader) { delete reader; }
