#include "engine/store/store_impl.h"

#include <system_error>

#include "engine/storage/store_folder.h"

namespace fhirbin {
namespace {

constexpr std::uint32_t kMaxInlineLimit = 1U << 20;

Result<storage::Settings> make_settings(const CreateOptions& options,
                                        const store::Environment& environment) {
  if (options.inline_limit_bytes > kMaxInlineLimit) {
    return fail(ErrorCode::kInvalidArgument, "inline_limit_bytes must be 1 MiB at most");
  }
  if (!parse_fhir_version(fhir_version_name(options.fhir_version))) {
    return fail(ErrorCode::kInvalidArgument, "fhir_version is none that the engine knows");
  }
  storage::Settings settings;
  FHIRBIN_TRY(environment.random->fill(settings.store_id.bytes));
  FHIRBIN_TRY(environment.random->fill(settings.hash_secret.bytes));
  settings.fhir_version = options.fhir_version;
  settings.keep_history = options.keep_history;
  settings.update_may_create = options.update_may_create;
  settings.inline_limit_bytes = options.inline_limit_bytes;
  settings.cut_min_bytes = environment.cutter.min_bytes;
  settings.cut_average_bytes = environment.cutter.average_bytes;
  settings.cut_max_bytes = environment.cutter.max_bytes;
  settings.volume_page_bytes = environment.volume_page_bytes;
  settings.volume_limit_bytes = environment.volume_limit_bytes;
  return settings;
}

}  // namespace

Result<Store> Store::Impl::create(const std::filesystem::path& path, const CreateOptions& create,
                                  const OpenOptions& open_options,
                                  const store::Environment& environment) {
  FHIRBIN_TRY_ASSIGN(const storage::Settings settings, make_settings(create, environment));
  FHIRBIN_TRY(storage::create_store_folder(path, settings, *environment.random, environment.vfs));
  return open(path, open_options, environment);
}

Result<Store> Store::Impl::open(const std::filesystem::path& path, const OpenOptions& open_options,
                                const store::Environment& environment) {
  FHIRBIN_TRY_ASSIGN(auto context, store::StoreContext::open(path, open_options, environment));
  return Store(std::make_shared<Impl>(std::move(context)));
}

Result<Store> Store::Impl::open_or_create(const std::filesystem::path& path,
                                          const CreateOptions& create,
                                          const OpenOptions& open_options,
                                          const store::Environment& environment) {
  std::error_code ignored;
  if (std::filesystem::symlink_status(path, ignored).type() ==
          std::filesystem::file_type::not_found &&
      !open_options.read_only) {
    auto created = Impl::create(path, create, open_options, environment);
    if (created || created.error().code != ErrorCode::kInvalidArgument ||
        !std::filesystem::exists(path, ignored)) {
      return created;
    }
    // Somebody else was quicker: theirs is the store.
  }
  return open(path, open_options, environment);
}

Store::Impl::Impl(std::unique_ptr<store::StoreContext> context) : context_(std::move(context)) {}

Store::Impl::~Impl() {
  if (in_forked_child()) {
    // The parent's files and locks are not ours to close.
    [[maybe_unused]] const auto* const left = context_.release();
    return;
  }
  if (!closed_) {
    (void)close();  // what could not be done now is done by the next open
  }
}

Result<store::StoreContext*> Store::Impl::enter() {
  if (in_forked_child()) {
    return fail(ErrorCode::kInvalidArgument,
                "a store cannot be used in a child of fork(); open it there anew");
  }
  if (closed_) {
    return fail(ErrorCode::kInvalidArgument, "the store was closed");
  }
  FHIRBIN_TRY(check_certain());
  return context_.get();
}

Result<void> Store::Impl::close() {
  if (closed_.exchange(true)) {
    return {};
  }
  return context_->close();
}

}  // namespace fhirbin
