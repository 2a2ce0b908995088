#include "fhirbin/writer.h"

#include "engine/store/writer_impl.h"

namespace fhirbin {

using store::StoreContext;

Writer::Writer(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Writer::Writer(Writer&&) noexcept = default;
Writer& Writer::operator=(Writer&&) noexcept = default;
Writer::~Writer() = default;

Result<void> Writer::write(std::span<const std::byte> bytes) noexcept {
  return impl_->store->call([&](StoreContext&) { return impl_->session->write(bytes); });
}

Result<VersionInfo> Writer::commit() noexcept {
  return impl_->store->call([&](StoreContext&) { return impl_->session->commit(); });
}

}  // namespace fhirbin
