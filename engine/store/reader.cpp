#include "fhirbin/reader.h"

#include "engine/store/reader_impl.h"

namespace fhirbin {

Reader::Reader(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;
Reader::~Reader() = default;

const VersionInfo& Reader::info() const noexcept { return impl_->info; }

std::uint64_t Reader::size_bytes() const noexcept { return impl_->info.size_bytes; }

Result<std::size_t> Reader::read_at(std::uint64_t offset, std::span<std::byte> out) noexcept {
  return guarded([&]() -> Result<std::size_t> {
    FHIRBIN_TRY(impl_->check_usable());
    return impl_->content->read_at(offset, out);
  });
}

Result<std::size_t> Reader::read(std::span<std::byte> out) noexcept {
  auto copied = read_at(impl_->position, out);
  if (copied) {
    impl_->position += *copied;
  }
  return copied;
}

Result<std::span<const std::byte>> Reader::view_at(std::uint64_t offset) noexcept {
  return guarded([&]() -> Result<std::span<const std::byte>> {
    FHIRBIN_TRY(impl_->check_usable());
    return impl_->content->piece_at(offset);
  });
}

Result<std::span<const std::byte>> Reader::next() noexcept {
  auto piece = view_at(impl_->position);
  if (piece) {
    impl_->position += piece->size();
  }
  return piece;
}

}  // namespace fhirbin
