#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "tools/byte_range_text.h"
#include "tools/commands/commands.h"
#include "tools/counted_streams.h"
#include "tools/failure.h"
#include "tools/json_text.h"
#include "tools/opened_store.h"
#include "tools/progress_bar.h"
#include "tools/requested_form.h"
#include "tools/stop_signals.h"
#include "tools/version_reference.h"
#include "tools/version_text.h"

namespace fhirbin::tool {
namespace {

bool to_standard_output(const GetCommand& command) {
  return command.output.empty() || command.output == "-";
}

ProgressBar::Visibility bar_visibility(const GetCommand& command, const StandardOutput& out) {
  const bool content_on_screen = to_standard_output(command) && out.is_terminal();
  return command.json || content_on_screen ? ProgressBar::Visibility::kNever
                                           : ProgressBar::Visibility::kIfTerminal;
}

// Control characters other than layout mark what is no text, and steer a terminal besides.
bool looks_binary(std::span<const std::byte> bytes) {
  return std::ranges::any_of(bytes, [](std::byte byte) {
    const auto character = std::to_integer<unsigned char>(byte);
    const bool layout = character == '\n' || character == '\r' || character == '\t';
    return (character < 0x20 && !layout) || character == 0x7F;
  });
}

void check_fit_for_terminal(std::span<const std::byte> block) {
  if (looks_binary(block)) {
    throw UsageFailure(
        "the content is binary and would go to the terminal; name a file with -o FILE, or force it "
        "with -o -");
  }
}

// Copies the bytes of `range`, or everything, to `target` and finishes it.
void copy_native(Reader& reader, std::optional<ByteRange> range, Sink& target,
                 bool guard_terminal) {
  ByteRange left = range.value_or(ByteRange{.offset = 0, .length = reader.size_bytes()});
  while (left.length > 0) {
    std::span<const std::byte> piece = take(reader.view_at(left.offset));
    if (piece.empty()) {
      throw Failure(ErrorCode::kCorrupt, "the content ends before its stated size");
    }
    piece = piece.first(std::min<std::uint64_t>(left.length, piece.size()));
    if (guard_terminal) {
      check_fit_for_terminal(piece);
    }
    check(target.write(piece));
    left = {.offset = left.offset + piece.size(), .length = left.length - piece.size()};
  }
  check(target.finish());
}

struct Target {
  std::unique_ptr<Sink> file;
  Sink* sink = nullptr;
};

Target open_target(const GetCommand& command, StandardOutput& out) {
  if (to_standard_output(command)) {
    return {.file = nullptr, .sink = &out};
  }
  std::unique_ptr<Sink> file = file_sink(command.output);
  Sink* const sink = file.get();
  return {.file = std::move(file), .sink = sink};
}

void get_native(const GetCommand& command, Reader& reader, StandardOutput& out,
                const StopSignals& signals) {
  if (command.accept) {
    check(check_acceptable(*command.accept, reader.info().content_type));
  }
  std::optional<ByteRange> range;
  if (command.range) {
    range = take(parse_byte_range(*command.range, reader.size_bytes()));
  }
  // Opened only now: what fails before leaves an existing file alone.
  const Target target = open_target(command, out);
  ProgressBar bar("reading", bar_visibility(command, out));
  CountedSink counted(*target.sink, bar, signals, range ? range->length : reader.size_bytes());
  copy_native(reader, range, counted, command.output.empty() && out.is_terminal());
}

void get_fhir_json(const GetCommand& command, const VersionInfo& info, Store& store,
                   StandardOutput& out, const StopSignals& signals) {
  const Target target = open_target(command, out);
  ProgressBar bar("reading", bar_visibility(command, out));
  CountedSink counted(*target.sink, bar, signals, 0);
  check(store.write_fhir_json(info.id, info.version, counted));
  if (target.sink == &out && out.is_terminal()) {
    out.print("\n");
  }
}

}  // namespace

ExitStatus run(const GetCommand& command, StandardOutput& out) {
  const StopSignals signals;
  const VersionReference reference = take(parse_version_reference(command.reference));
  Store store = open_for_reading(command.store);
  const Form form =
      command.accept ? take(requested_form(*command.accept, store.fhir_version())) : Form::kNative;
  if (form == Form::kFhirJson && command.range) {
    throw UsageFailure("--range counts native bytes and does not go with a FHIR --accept");
  }
  // Both forms start from a Reader: it fixes the version, so that what is told is what was written.
  Reader reader = take(store.open_reader(reference.id, reference.version));
  if (form == Form::kFhirJson) {
    get_fhir_json(command, reader.info(), store, out, signals);
  } else {
    get_native(command, reader, out, signals);
  }
  if (command.json && !to_standard_output(command)) {
    JsonText json;
    append_json(json, reader.info());
    out.print(json.str() + '\n');
  }
  return ExitStatus::kDone;
}

}  // namespace fhirbin::tool
