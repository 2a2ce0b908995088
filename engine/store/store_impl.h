#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "engine/storage/fork_guard.h"
#include "engine/store/environment.h"
#include "engine/store/store_context.h"
#include "engine/util/guarded.h"
#include "engine/util/try.h"
#include "fhirbin/store.h"

namespace fhirbin {

// Shared by a Store, its Writers, Readers and Sources; the last of them to go closes the files.
class Store::Impl {
 public:
  // The same as the public functions, in a world of the caller's choosing. For tests and
  // benchmarks.
  static Result<Store> create(const std::filesystem::path& path, const CreateOptions& create,
                              const OpenOptions& open, const store::Environment& environment);
  static Result<Store> open(const std::filesystem::path& path, const OpenOptions& open,
                            const store::Environment& environment);
  static Result<Store> open_or_create(const std::filesystem::path& path,
                                      const CreateOptions& create, const OpenOptions& open,
                                      const store::Environment& environment);

  explicit Impl(std::unique_ptr<store::StoreContext> context);
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl();

  // The store, for one call. Errors: kInvalidArgument after close(), and in a child of fork();
  // kIndeterminate once a sync failed.
  Result<store::StoreContext*> enter();

  // Runs `body(StoreContext&)` as a public function.
  template <class Body>
  auto call(Body&& body) noexcept -> decltype(body(std::declval<store::StoreContext&>())) {
    return guarded([&]() -> decltype(body(std::declval<store::StoreContext&>())) {
      FHIRBIN_TRY_ASSIGN(store::StoreContext* const context, enter());
      auto result = body(*context);
      if (!result && result.error().code == ErrorCode::kIndeterminate) {
        context->catalog().distrust();
      }
      return result;
    });
  }

  const storage::Settings& settings() const noexcept { return context_->settings(); }
  const OpenOptions& open_options() const noexcept { return context_->options(); }

  // kIndeterminate once a sync failed; then only close() is left.
  Result<void> check_certain() const { return context_->catalog().check_certain(); }

  Result<void> close();

  // In a child of fork() nothing of the parent's may be touched, and destructors do nothing.
  bool in_forked_child() const noexcept { return guard_.left_behind(); }

 private:
  std::unique_ptr<store::StoreContext> context_;
  const storage::ForkGuard guard_;
  std::atomic<bool> closed_ = false;
};

}  // namespace fhirbin
