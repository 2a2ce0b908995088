#include "tools/progress_bar.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

#include "tools/units.h"

namespace fhirbin::tool {
namespace {

constexpr std::chrono::milliseconds kRedrawEvery{100};
constexpr std::size_t kBarCells = 24;
constexpr std::string_view kWipeLine = "\r\x1b[K";

bool can_draw() {
  const char* terminal = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe): nobody sets it.
  return ::isatty(STDERR_FILENO) == 1 && terminal != nullptr &&
         std::string_view(terminal) != "dumb";
}

std::size_t terminal_columns() {
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

// Best effort: a terminal that cannot be written to is no reason to fail.
void draw(std::string_view text) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

// How much is done, 0 to 1, or a negative number where the total is not known.
double fraction_done(const Progress& progress) {
  const bool by_bytes = progress.bytes_total > 0;
  const std::uint64_t total = by_bytes ? progress.bytes_total : progress.items_total;
  const std::uint64_t done = by_bytes ? progress.bytes_done : progress.items_done;
  return total == 0 ? -1.0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
}

std::string bar(double fraction) {
  const auto filled = static_cast<std::size_t>(fraction * static_cast<double>(kBarCells));
  const auto whole_percent = static_cast<std::uint64_t>(fraction * 100);
  std::string number = std::to_string(whole_percent);
  number.insert(0, 3 - std::min<std::size_t>(number.size(), 3), ' ');
  return " [" + std::string(filled, '#') + std::string(kBarCells - filled, '-') + "] " + number +
         " %";
}

}  // namespace

ProgressBar::ProgressBar(std::string_view label, Visibility visibility)
    : label_(label),
      visible_(visibility == Visibility::kIfTerminal && can_draw()),
      started_(Clock::now()),
      next_draw_(started_ + kRedrawEvery) {}

void ProgressBar::update(const Progress& progress) {
  if (!visible_) {
    return;
  }
  const Clock::time_point now = Clock::now();
  if (now < next_draw_) {
    return;
  }
  next_draw_ = now + kRedrawEvery;
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now - started_);
  // One column stays free: a character in the last one makes some terminals start a new line.
  draw(std::string(kWipeLine) + progress_line(label_, progress, elapsed, terminal_columns() - 1));
  drawn_ = true;
}

void ProgressBar::wipe() {
  if (drawn_) {
    draw(kWipeLine);
    drawn_ = false;
  }
}

std::string progress_line(std::string_view label, const Progress& progress,
                          std::chrono::milliseconds elapsed, std::size_t columns) {
  std::string line(label);
  if (const double fraction = fraction_done(progress); fraction >= 0) {
    line += bar(fraction);
  }
  if (progress.items_done > 0) {
    line += "  " + counted(progress.items_done, "item", "items");
  }
  if (progress.bytes_done > 0) {
    line += "  " + human_bytes(progress.bytes_done);
    const auto milliseconds =
        std::max<std::uint64_t>(static_cast<std::uint64_t>(elapsed.count()), 1);
    const double per_second =
        static_cast<double>(progress.bytes_done) * 1000.0 / static_cast<double>(milliseconds);
    line += "  " + human_bytes(static_cast<std::uint64_t>(per_second)) + "/s";
  }
  return line.substr(0, columns);
}

}  // namespace fhirbin::tool
