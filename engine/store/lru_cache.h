#pragma once

#include <cstddef>
#include <iterator>
#include <list>
#include <unordered_map>
#include <utility>

namespace fhirbin::store {

// What an entry takes beside its value: nodes of the list and of the index, what the value hangs
// on, and what the allocator adds. About; small values would else take many times their room.
inline constexpr std::size_t kLruEntryBytes = 256;

// Values by key, as many as fit in a number of bytes; the least recently used go first.
// Thread-compatible.
template <class Key, class Value>
class LruCache {
 public:
  explicit LruCache(std::size_t max_bytes) noexcept : max_bytes_(max_bytes) {}
  LruCache(const LruCache&) = delete;
  LruCache& operator=(const LruCache&) = delete;

  // nullptr if it is not here. Valid until the next keep() or clear().
  const Value* find(const Key& key) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) {
      return nullptr;
    }
    entries_.splice(entries_.begin(), entries_, found->second);
    return &found->second->value;
  }

  // Keeps `value`, which takes `value_bytes` and kLruEntryBytes, instead of a former one; nothing
  // where there can be no room.
  void keep(const Key& key, Value value, std::size_t value_bytes) {
    const std::size_t size_bytes = value_bytes + kLruEntryBytes;
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
      drop(found->second);
    }
    if (size_bytes > max_bytes_) {
      return;
    }
    while (bytes_ + size_bytes > max_bytes_) {
      drop(std::prev(entries_.end()));
    }
    // Made first, so that without memory the list and its index still agree.
    Entries fresh;
    fresh.push_front({.key = key, .value = std::move(value), .size_bytes = size_bytes});
    by_key_.emplace(key, fresh.begin());
    bytes_ += size_bytes;
    entries_.splice(entries_.begin(), fresh);
  }

  void clear() noexcept {
    by_key_.clear();
    entries_.clear();
    bytes_ = 0;
  }

 private:
  struct Entry {
    Key key;
    Value value;
    std::size_t size_bytes = 0;
  };
  using Entries = std::list<Entry>;

  void drop(typename Entries::iterator entry) {
    bytes_ -= entry->size_bytes;
    by_key_.erase(entry->key);
    entries_.erase(entry);
  }

  const std::size_t max_bytes_;
  Entries entries_;  // the most recently used first
  std::unordered_map<Key, typename Entries::iterator> by_key_;
  std::size_t bytes_ = 0;
};

}  // namespace fhirbin::store
