#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "engine/storage/seal_vfs.h"
#include "tests/support/file_text.h"
#include "tests/support/temporary_folder.h"

// Sealed databases to damage, and what became of them.
namespace fhirbin::storage::seal_test {

struct CloseDatabase {
  void operator()(sqlite3* database) const noexcept { sqlite3_close_v2(database); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;

inline StoreId store_id(unsigned fill) {
  StoreId id;
  id.bytes.fill(static_cast<std::byte>(fill));
  return id;
}

inline SealParameters parameters(std::uint32_t file_number, std::uint32_t page_bytes) {
  return {.store_id = store_id(0x5A), .file_number = file_number, .sqlite_page_bytes = page_bytes};
}

// To learn store id and page size from the file.
inline SealParameters unknown_store(std::uint32_t file_number) {
  return {.store_id = std::nullopt, .file_number = file_number};
}

inline Database open(const std::filesystem::path& path, const SealParameters& seal,
                     const char* vfs = kSealVfsName) {
  EXPECT_TRUE(register_seal_vfs());
  sqlite3* raw = nullptr;
  sqlite3_open_v2(seal_uri(path.string(), seal).c_str(), &raw,
                  SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI, vfs);
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, 10'000);
  return Database(raw);
}

// Without the seals, as any SQLite program would.
inline Database open_plain(const std::filesystem::path& path) {
  sqlite3* raw = nullptr;
  sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE, nullptr);
  sqlite3_extended_result_codes(raw, 1);
  return Database(raw);
}

// Runs every statement to its end and returns the extended result code.
inline int run(const Database& database, const std::string& sql) {
  return sqlite3_exec(database.get(), sql.c_str(), nullptr, nullptr, nullptr);
}

struct Rows {
  int code = SQLITE_OK;  // what the query ended with
  std::string text;      // all values in order
  friend bool operator==(const Rows&, const Rows&) = default;
};

inline Rows query(const Database& database, const std::string& sql) {
  Rows rows;
  sqlite3_stmt* statement = nullptr;
  rows.code = sqlite3_prepare_v2(database.get(), sql.c_str(), -1, &statement, nullptr);
  while (rows.code == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW) {
    for (int i = 0; i < sqlite3_column_count(statement); ++i) {
      const void* value = sqlite3_column_blob(statement, i);
      const int length = sqlite3_column_bytes(statement, i);
      if (value != nullptr) {
        rows.text.append(static_cast<const char*>(value), static_cast<std::size_t>(length));
      }
      rows.text.push_back('|');
    }
  }
  const int final_code = sqlite3_finalize(statement);
  rows.code = rows.code == SQLITE_OK ? final_code : rows.code;
  return rows;
}

// Everything in the table `item`: by scan, by index, and some rows by key.
inline Rows read_all(const Database& database) {
  Rows all = query(database, "SELECT id, name, data FROM item ORDER BY id");
  for (const char* sql : {"SELECT name, id FROM item INDEXED BY item_name ORDER BY name",
                          "SELECT data FROM item WHERE id IN (3, 17, 40)",
                          "SELECT count(*), sum(length(data)) FROM item"}) {
    const Rows more = query(database, sql);
    all.code = all.code == SQLITE_OK ? more.code : all.code;
    all.text += more.text;
  }
  return all;
}

struct Shape {
  const char* journal_mode;
  std::uint32_t file_number;
  std::uint32_t page_bytes;
  int rows;
  int row_bytes;
};
inline constexpr Shape kCatalogLike{"wal", 0, 4096, 60, 1500};
inline constexpr Shape kVolumeLike{"persist", 7, 16'384, 42, 20'000};

// `rows` rows of random content.
inline std::string insert_rows(const Shape& shape, int first_id) {
  const std::string last = std::to_string(first_id + shape.rows - 1);
  return "WITH RECURSIVE n(i) AS (SELECT " + std::to_string(first_id) +
         " UNION ALL SELECT i + 1 FROM n WHERE i < " + last +
         ") INSERT INTO item SELECT i, 'name ' || (i * 7919 % 1009), randomblob(" +
         std::to_string(shape.row_bytes) + ") FROM n;";
}

inline Database create(const std::filesystem::path& path, const Shape& shape,
                       const SealParameters& seal, const char* vfs = kSealVfsName) {
  Database database = open(path, seal, vfs);
  EXPECT_TRUE(prepare_sealed_database(database.get(), shape.page_bytes));
  EXPECT_EQ(run(database,
                "PRAGMA secure_delete=ON; PRAGMA cache_spill=OFF;"
                "PRAGMA wal_autocheckpoint=0; PRAGMA synchronous=FULL;"),
            SQLITE_OK);
  EXPECT_EQ(query(database, std::string("PRAGMA journal_mode=") + shape.journal_mode).text,
            std::string(shape.journal_mode) + "|");
  EXPECT_EQ(run(database,
                "CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT, data BLOB);"
                "CREATE INDEX item_name ON item(name);" +
                    insert_rows(shape, 1)),
            SQLITE_OK);
  return database;
}

// A closed database, and what is in it.
struct Sample {
  std::string bytes;
  Rows rows;
};

inline Sample make_sample(const std::filesystem::path& path, const Shape& shape) {
  Sample sample;
  {
    const Database database = create(path, shape, parameters(shape.file_number, shape.page_bytes));
    sample.rows = read_all(database);
    EXPECT_EQ(sample.rows.code, SQLITE_OK);
  }
  sample.bytes = testing::file_text(path);
  EXPECT_EQ(sample.bytes.size() % shape.page_bytes, 0U);
  return sample;
}

inline void flip_bit(std::string& bytes, std::size_t bit) {
  bytes[bit / 8] =
      static_cast<char>(static_cast<unsigned char>(bytes[bit / 8]) ^ (1U << (bit % 8)));
}

// Flips a bit of a file in place, under whoever has it open.
inline void flip_bit(const std::filesystem::path& path, std::size_t bit) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  char byte = 0;
  file.seekg(static_cast<std::streamoff>(bit / 8)).get(byte);
  byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << (bit % 8)));
  file.seekp(static_cast<std::streamoff>(bit / 8)).put(byte);
}

// The same bits in every run.
class BitPicker {
 public:
  // Below `limit`.
  std::size_t next(std::size_t limit) {
    state_ = state_ * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
    return static_cast<std::size_t>(state_ >> 24U) % limit;
  }

 private:
  std::uint64_t state_ = 20'240'101;
};

// How damage showed.
struct Tally {
  int right = 0;
  int refused = 0;
  int silent = 0;  // an answer that is wrong, and no error

  void count(const Rows& got, const Rows& want) {
    if (got == want) {
      ++right;
    } else if (got.code != SQLITE_OK) {
      ++refused;
    } else {
      ++silent;
    }
  }
};

// A file of the system's VFS, without any seals.
class BaseFile {
 public:
  BaseFile(const std::filesystem::path& path, int kind)
      : path_(path.string() + std::string(4, '\0')) {
    sqlite3_vfs* const vfs = sqlite3_vfs_find(nullptr);
    memory_.resize(static_cast<std::size_t>(vfs->szOsFile));
    EXPECT_EQ(vfs->xOpen(vfs, path_.c_str(), get(),
                         kind | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr),
              SQLITE_OK);
  }
  BaseFile(const BaseFile&) = delete;
  BaseFile& operator=(const BaseFile&) = delete;
  ~BaseFile() { EXPECT_EQ(get()->pMethods->xClose(get()), SQLITE_OK); }

  sqlite3_file* get() { return reinterpret_cast<sqlite3_file*>(memory_.data()); }

 private:
  std::string path_;  // SQLite keeps the pointer, and reads parameters behind the name
  std::vector<std::max_align_t> memory_;
};

// A VFS over the system's, to be put below the seals: it calls `before_main_sync` when a database
// file is about to be synced, can lack allocation hints, and can refuse writes to the WAL.
struct HookVfs {
  static constexpr const char* kName = "fhirbin-test-hooks";
  static constexpr const char* kSealedName = "fhirbin-test-sealed-hooks";

  static inline std::function<void()> before_main_sync;
  static inline bool has_hints = true;
  static inline bool refuses_wal_writes = false;
  // What reached the WAL since they were set to 0.
  static inline int wal_writes = 0;
  static inline std::int64_t wal_bytes = 0;

  static void install() {
    if (sqlite3_vfs_find(kName) != nullptr) {
      return;
    }
    vfs = *sqlite3_vfs_find(nullptr);
    vfs.pNext = nullptr;
    vfs.zName = kName;
    open_below = vfs.xOpen;
    vfs.xOpen = open_hooked;
    ASSERT_EQ(sqlite3_vfs_register(&vfs, 0), SQLITE_OK);
    ASSERT_TRUE(register_seal_vfs_as(kSealedName, vfs.zName));
  }

 private:
  static inline sqlite3_vfs vfs;
  static inline int (*open_below)(sqlite3_vfs*, const char*, sqlite3_file*, int, int*);
  static inline sqlite3_io_methods below;
  static inline sqlite3_io_methods main_methods;
  static inline sqlite3_io_methods wal_methods;

  // The system's own methods go on working on its own file: only the table of methods is exchanged.
  static int open_hooked(sqlite3_vfs* self, const char* name, sqlite3_file* file, int flags,
                         int* out_flags) {
    const int rc = open_below(self, name, file, flags, out_flags);
    if (rc != SQLITE_OK || (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) == 0) {
      return rc;
    }
    // The two kinds differ in their locks, but share what is hooked here.
    const bool is_wal = (flags & SQLITE_OPEN_WAL) != 0;
    below = *file->pMethods;
    (is_wal ? wal_methods : main_methods) = below;
    main_methods.xSync = [](sqlite3_file* f, int sync_flags) {
      if (before_main_sync) {
        before_main_sync();
      }
      return below.xSync(f, sync_flags);
    };
    wal_methods = below;
    wal_methods.xFileControl = [](sqlite3_file* f, int operation, void* argument) {
      const bool is_hint = operation == SQLITE_FCNTL_CHUNK_SIZE;
      return is_hint && !has_hints ? SQLITE_NOTFOUND : below.xFileControl(f, operation, argument);
    };
    wal_methods.xWrite = [](sqlite3_file* f, const void* bytes, int length, sqlite3_int64 offset) {
      ++wal_writes;
      wal_bytes += length;
      return refuses_wal_writes ? SQLITE_FULL : below.xWrite(f, bytes, length, offset);
    };
    file->pMethods = is_wal ? &wal_methods : &main_methods;
    return rc;
  }
};

}  // namespace fhirbin::storage::seal_test
