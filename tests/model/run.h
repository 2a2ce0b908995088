#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "fhirbin/store.h"
#include "tests/model/command.h"
#include "tests/model/model.h"
#include "tests/model/store_under_test.h"

namespace fhirbin::testing {

// One store and its model, led through one sequence of commands.
class Run {
 public:
  explicit Run(const CreateOptions& options) : store_(options), model_(options) {}

  // Does `command` to both and compares what comes of it.
  void step(const Command& command);
  // Compares everything: as it stands, with nothing open and garbage collected, and once reopened.
  void finish();

 private:
  struct Write {
    ModelDraft draft;
    ContentInfo info;
    ByteVector body;
  };
  struct OpenWriter {
    Write write;
    Writer writer;
    std::size_t sent_bytes = 0;
  };
  struct OpenReader {
    Reader reader;
    SharedContent content;
  };

  // What a command's numbers mean now.
  std::string id_of(unsigned target) const;
  const ModelVersion* head_of(unsigned target) const;
  std::uint64_t head_number(unsigned target) const;
  std::optional<std::uint64_t> number_of(const Command& command) const;
  std::optional<std::uint64_t> if_match_of(const Command& command) const;
  std::optional<Instant> instant_of(const Command& command) const;
  std::size_t size_of(const Command& command) const;
  ContentInfo headers_of(const Command& command) const;
  WriteOptions options_of(const Command& command) const;
  Write prepare(const Command& command, bool creates) const;
  void fill_binary_body(const Command& command, Write& write) const;

  void create(const Command& command);
  void update(const Command& command);
  void note_overlap();
  ModelDraft as_settled(const ModelDraft& draft, const VersionInfo& made) const;
  void check_written(const Write& write, const Result<VersionInfo>& result);
  void remove(const Command& command);
  void purge(const Command& command);
  void reopen(const Command& command);
  void move_clock(const Command& command);

  void open_writer(const Command& command);
  void write_piece(const Command& command);
  void commit_writer(const Command& command);
  // False when the Writer refused its body, as it should; it is gone then.
  bool send(std::optional<OpenWriter>& open, std::size_t size_bytes);

  void open_reader(const Command& command);
  void read_reader(const Command& command);
  void read_range(OpenReader& open, const Command& command);

  void read_version(const Command& command);
  void read_in_order(OpenReader& open, std::size_t piece_bytes);
  void ask_list(const Command& command);
  void ask_json(const Command& command);
  void ask_export(const Command& command);
  HistoryQuery history_query(const Command& command) const;

  StoreUnderTest store_;
  Model model_;
  std::vector<std::string> created_;  // ids that the store gave, in order
  std::array<std::optional<OpenWriter>, kSlots> writers_;
  bool writers_overlapped_ = false;  // a write began while another Writer was open
  std::array<std::optional<OpenReader>, kSlots> readers_;
};

}  // namespace fhirbin::testing
