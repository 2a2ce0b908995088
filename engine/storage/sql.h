#pragma once

// Every statement on the catalog. The line above each gives its parameters and columns in order.

namespace fhirbin::storage::sql {

// The last sequence, 0 when there is none: the rows of version and purge share one count.
#define FHIRBIN_LAST_SEQUENCE                              \
  "max(coalesce((SELECT max(sequence) FROM version), 0), " \
  "coalesce((SELECT max(sequence) FROM purge), 0))"

// -> 0 statement text, in the order of creation, SQLite's own tables left out
inline constexpr const char* kSelectSchema =
    "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE "
    "'\\' ORDER BY rowid";

// ---- setting
// ?1 name, ?2 value
inline constexpr const char* kInsertSetting = "INSERT INTO setting(name, value) VALUES(?1, ?2)";
// ?1 name -> 0 value
inline constexpr const char* kSelectSetting = "SELECT value FROM setting WHERE name = ?1";

// ---- binary
// ?1 id -> 0 key, 1 head number, 2 head sequence
inline constexpr const char* kSelectBinary =
    "SELECT key, head_number, head_sequence FROM binary WHERE id = ?1";
// ?1 id, ?2 key, ?3 head number, ?4 head sequence
inline constexpr const char* kInsertBinary =
    "INSERT INTO binary(id, key, head_number, head_sequence) VALUES(?1, ?2, ?3, ?4)";
// ?1 id, ?2 key, ?3 head number, ?4 head sequence; found by the id, as the + makes sure
inline constexpr const char* kUpdateHead =
    "UPDATE binary SET head_number = ?3, head_sequence = ?4 WHERE id = ?1 AND +key = ?2";
// ?1 id to start after, ?2 limit -> 0 key, 1 id, 2 head number, 3 head sequence
inline constexpr const char* kSelectBinariesAfter =
    "SELECT key, id, head_number, head_sequence FROM binary WHERE id > ?1 ORDER BY id LIMIT ?2";

// ---- version
// The versions of a Binary as a table `v`: kept and hidden ones, none that was erased (placement
// 3). A Binary's key is the sequence of its first version, so that one is found by it;
// version_by_number holds the others. A macro, as views are out of bounds in files that may be
// hostile. What a query orders them by it must select, too: only then does SQLite merge the two
// halves instead of sorting them.
#define FHIRBIN_VERSIONS_OF(columns, key)                        \
  "(SELECT " columns " FROM version WHERE binary_key = " key     \
  " AND number > 1 AND placement <> 3 UNION ALL SELECT " columns \
  " FROM version WHERE sequence = " key " AND number = 1 AND placement <> 3) v "
// The same without the wide columns: an aggregate over them reads every column that is named here,
// used or not.
#define FHIRBIN_NARROW_VERSIONS_OF(key) \
  FHIRBIN_VERSIONS_OF("sequence, binary_key, number, last_updated, purged_sequence", key)
// Those of the Binary whose key is ?1.
#define FHIRBIN_NARROW_VERSIONS FHIRBIN_NARROW_VERSIONS_OF("?1")
// version_row.cpp reads these columns in this order.
#define FHIRBIN_SELECT_VERSION                                                      \
  "SELECT v.sequence, v.binary_key, v.id, v.number, v.last_updated, v.action, "     \
  "v.content_type, v.security_context, v.elements, v.size, v.digest, v.placement, " \
  "v.stored, v.chunk_count, v.map_hash, v.seal FROM "
#define FHIRBIN_SELECT_VERSION_OF_BINARY FHIRBIN_SELECT_VERSION FHIRBIN_VERSIONS_OF("*", "?1")
// ?1 sequence, ?2 binary key, ?3 id, ?4 number, ?5 last updated, ?6 action, ?7 content type, ?8
// security context, ?9 elements, ?10 size, ?11 digest, ?12 placement, ?13 stored, ?14 chunk count,
// ?15 map hash, ?16 seal
inline constexpr const char* kInsertVersion =
    "INSERT INTO version(sequence, binary_key, id, number, last_updated, action, content_type, "
    "security_context, elements, size, digest, placement, stored, chunk_count, map_hash, seal) "
    "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";
// ?1 binary key, ?2 number -> version columns; purged versions are not found
inline constexpr const char* kSelectVersion =
    FHIRBIN_SELECT_VERSION_OF_BINARY "WHERE v.number = ?2 AND v.purged_sequence IS NULL";
// ?1 sequence -> version columns; hidden versions too
inline constexpr const char* kSelectVersionAtSequence =
    FHIRBIN_SELECT_VERSION "version v WHERE v.sequence = ?1 AND v.placement <> 3";
// ?1 sequence, ?2 binary key, ?3 number, ?4 id of the Binary -> version columns
inline constexpr const char* kSelectHead = FHIRBIN_SELECT_VERSION
    "version v WHERE v.sequence = ?1 AND v.binary_key = ?2 AND v.number = ?3 AND v.id = ?4";
// ?1 binary key, ?2 number to start below, ?3 snapshot sequence -> version columns: the next older
// version of the snapshot, one purged after it included
inline constexpr const char* kSelectSnapshotVersion = FHIRBIN_SELECT_VERSION
    "(SELECT v.sequence AS newest, v.number FROM " FHIRBIN_NARROW_VERSIONS
    "WHERE v.number < ?2 AND v.sequence <= ?3 "
    "AND (v.purged_sequence IS NULL OR v.purged_sequence > ?3) ORDER BY v.number DESC LIMIT 1) "
    "JOIN version v ON v.sequence = newest";
// ?1 sequence to start after, ?2 limit -> 0 sequence: kept versions in commit order
inline constexpr const char* kSelectKeptAfter =
    "SELECT sequence FROM version WHERE sequence > ?1 AND purged_sequence IS NULL "
    "ORDER BY sequence LIMIT ?2";
// ?1 sequence -> 0 the same, if the version is kept
inline constexpr const char* kSelectIsKept =
    "SELECT sequence FROM version WHERE sequence = ?1 AND purged_sequence IS NULL";
// ?1 sequence to start after, ?2 limit -> 0 sequence: hidden versions in commit order
inline constexpr const char* kSelectHiddenAfter =
    "SELECT sequence FROM version WHERE sequence > ?1 AND purged_sequence IS NOT NULL "
    "AND placement <> 3 ORDER BY sequence LIMIT ?2";
// ?1 sequence -> 0 id of the Binary, 1 number: of versions that were not erased; without looking at
// the seal
inline constexpr const char* kSelectVersionName =
    "SELECT id, number FROM version WHERE sequence = ?1 AND placement <> 3";
// ?1 binary key, ?2 newest number, ?3 limit -> 0 sequence, 1 number: kept versions, oldest first
inline constexpr const char* kSelectKeptUpTo =
    "SELECT v.sequence, v.number FROM " FHIRBIN_NARROW_VERSIONS
    "WHERE v.number <= ?2 AND v.purged_sequence IS NULL ORDER BY v.number LIMIT ?3";
// ?1 binary key, ?2 how many of the newest to skip -> 0 number of the first version beyond them
inline constexpr const char* kSelectNumberBeyond =
    "SELECT v.number FROM " FHIRBIN_NARROW_VERSIONS
    "WHERE v.purged_sequence IS NULL ORDER BY v.number DESC LIMIT 1 OFFSET ?2";
// ?1 sequence of the version, ?2 sequence of the purge
inline constexpr const char* kHideVersion =
    "UPDATE version SET purged_sequence = ?2 WHERE sequence = ?1 AND purged_sequence IS NULL";
// ?1 newest purge that may be collected, ?2 limit -> 0 sequence of a hidden version, 1 about how
// many bytes of it lie in the catalog (an entry of a chunk map takes at most 32)
inline constexpr const char* kSelectHidden =
    "SELECT sequence, stored + 32 * chunk_count + length(CAST(elements AS BLOB)) "
    "+ length(CAST(security_context AS BLOB)) FROM version "
    "WHERE purged_sequence <= ?1 AND placement <> 3 ORDER BY purged_sequence LIMIT ?2";
// ?1 sequence of a snapshot -> 0 a sequence, if a version that was there then was erased since
inline constexpr const char* kSelectErasedSince =
    "SELECT sequence FROM version WHERE sequence <= ?1 AND placement = 3 AND purged_sequence > ?1 "
    "LIMIT 1";
// ?1 sequence of a hidden version. Its entry in the change feed stays, in its row: a row that is
// moved to another table needs room there before it gives any back, and a full disk has none.
inline constexpr const char* kEraseVersion =
    "UPDATE version SET placement = 3, size = 0, stored = 0, chunk_count = 0, digest = x'', "
    "map_hash = x'', seal = x'', content_type = '', security_context = '', elements = '' "
    "WHERE sequence = ?1";

// ---- version, as histories
// They share their parameters, and each takes those it names: ?1 binary key, ?2 oldest last
// updated, ?3 begin and ?4 end of a span, ?5 number or sequence to start below, ?6 limit. Those
// during a span find, per Binary, the versions that were current at some moment from begin up to,
// not including, end.

// `w.number > 1` follows from `w.number > v.number`, but only what is spelt out lets SQLite use the
// partial index version_by_number.
#define FHIRBIN_CURRENT_DURING                                               \
  "AND v.last_updated < ?4 AND NOT EXISTS(SELECT 1 FROM version w "          \
  "WHERE w.binary_key = v.binary_key AND w.number > 1 AND w.placement <> 3 " \
  "AND w.number > v.number AND w.last_updated <= ?3) "

// ?2, ?5, ?6 -> version columns, newest first
inline constexpr const char* kSelectStoreHistory = FHIRBIN_SELECT_VERSION
    "version v WHERE v.sequence < ?5 AND v.last_updated >= ?2 AND v.purged_sequence IS NULL "
    "ORDER BY v.sequence DESC LIMIT ?6";
// ?2 -> 0 count
inline constexpr const char* kCountStoreHistory =
    "SELECT count(*) FROM version v "
    "WHERE v.last_updated >= ?2 AND v.purged_sequence IS NULL";
// -> 0 count, as kCountStoreHistory gives it for the whole past, without visiting the versions:
// every sequence is that of a kept version, but for those in the tally
inline constexpr const char* kCountKeptVersions =
    "SELECT max(0, " FHIRBIN_LAST_SEQUENCE " - coalesce((SELECT retired FROM tally), 0))";
// ?1, ?2, ?5, ?6 -> version columns, newest first
inline constexpr const char* kSelectHistory = FHIRBIN_SELECT_VERSION_OF_BINARY
    "WHERE v.number < ?5 AND v.last_updated >= ?2 AND v.purged_sequence IS NULL "
    "ORDER BY v.number DESC LIMIT ?6";
// ?1, ?2 -> 0 count
inline constexpr const char* kCountHistory =
    "SELECT count(*) FROM " FHIRBIN_NARROW_VERSIONS
    "WHERE v.last_updated >= ?2 AND v.purged_sequence IS NULL";
// ?2, ?3, ?4, ?5, ?6 -> version columns, newest first
inline constexpr const char* kSelectStoreHistoryDuring = FHIRBIN_SELECT_VERSION
    "version v WHERE v.sequence < ?5 AND v.last_updated >= ?2 "
    "AND v.purged_sequence IS NULL " FHIRBIN_CURRENT_DURING "ORDER BY v.sequence DESC LIMIT ?6";
// ?2, ?3, ?4 -> 0 count
inline constexpr const char* kCountStoreHistoryDuring =
    "SELECT count(*) FROM version v "
    "WHERE v.last_updated >= ?2 AND v.purged_sequence IS NULL " FHIRBIN_CURRENT_DURING;
// ?1, ?2, ?3, ?4, ?5, ?6 -> version columns, newest first
inline constexpr const char* kSelectHistoryDuring = FHIRBIN_SELECT_VERSION_OF_BINARY
    "WHERE v.number < ?5 AND v.last_updated >= ?2 "
    "AND v.purged_sequence IS NULL " FHIRBIN_CURRENT_DURING "ORDER BY v.number DESC LIMIT ?6";
// ?1, ?2, ?3, ?4 -> 0 count
inline constexpr const char* kCountHistoryDuring =
    "SELECT count(*) FROM " FHIRBIN_NARROW_VERSIONS
    "WHERE v.last_updated >= ?2 AND v.purged_sequence IS NULL " FHIRBIN_CURRENT_DURING;

// ---- inline_content
// ?1 sequence, ?2 codec, ?3 data
inline constexpr const char* kInsertInline =
    "INSERT INTO inline_content(sequence, codec, data) VALUES(?1, ?2, ?3)";
// ?1 sequence -> 0 codec, 1 data
inline constexpr const char* kSelectInline =
    "SELECT codec, data FROM inline_content WHERE sequence = ?1";
// ?1 sequence
inline constexpr const char* kDeleteInline = "DELETE FROM inline_content WHERE sequence = ?1";

// ---- chunk_map
// ?1 sequence, ?2 segment, ?3 entries
inline constexpr const char* kInsertMapSegment =
    "INSERT INTO chunk_map(sequence, segment, entries) VALUES(?1, ?2, ?3)";
// ?1 sequence -> 0 segment, 1 entries
inline constexpr const char* kSelectMap =
    "SELECT segment, entries FROM chunk_map WHERE sequence = ?1 ORDER BY segment";
// ?1 sequence
inline constexpr const char* kDeleteMap = "DELETE FROM chunk_map WHERE sequence = ?1";

// ---- chunk
// ?1 hash head, ?2 hash tail, ?3 raw length, ?4 limit -> 0 id, 1 stored length, 2 codec, 3 volume,
// 4 page, 5 volume state
inline constexpr const char* kSelectCandidates =
    "SELECT c.id, c.stored_length, c.codec, c.volume, c.page, o.state FROM chunk c "
    "JOIN volume o ON o.number = c.volume WHERE c.hash_head = ?1 AND c.hash_tail = ?2 "
    "AND c.raw_length = ?3 AND c.reference_count > 0 LIMIT ?4";
// ?1 hash head, ?2 hash tail, ?3 raw length, ?4 stored length, ?5 codec, ?6 references, ?7 volume,
// ?8 page, ?9 hashes of its blocks or NULL
inline constexpr const char* kInsertChunk =
    "INSERT INTO chunk(hash_head, hash_tail, raw_length, stored_length, codec, reference_count, "
    "volume, page, block_hashes) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
// ?1 id, ?2 references to add
inline constexpr const char* kAddReferences =
    "UPDATE chunk SET reference_count = reference_count + ?2, freed_sequence = NULL WHERE id = ?1";
// ?1 id, ?2 references to drop, ?3 sequence -> 0 references left, 1 stored length
inline constexpr const char* kDropReferences =
    "UPDATE chunk SET reference_count = reference_count - ?2, "
    "freed_sequence = CASE WHEN reference_count = ?2 THEN ?3 END "
    "WHERE id = ?1 AND reference_count >= ?2 RETURNING reference_count, stored_length";
// ?1 id -> 0 raw length, 1 stored length, 2 codec, 3 references, 4 volume, 5 page, 6 volume state,
// 7 hash head, 8 hash tail
inline constexpr const char* kSelectChunk =
    "SELECT c.raw_length, c.stored_length, c.codec, c.reference_count, c.volume, c.page, o.state, "
    "c.hash_head, c.hash_tail FROM chunk c JOIN volume o ON o.number = c.volume WHERE c.id = ?1";
// ?1 id -> as kSelectChunk, 9 hashes of its blocks or NULL
inline constexpr const char* kSelectChunkWithBlocks =
    "SELECT c.raw_length, c.stored_length, c.codec, c.reference_count, c.volume, c.page, o.state, "
    "c.hash_head, c.hash_tail, c.block_hashes FROM chunk c "
    "JOIN volume o ON o.number = c.volume WHERE c.id = ?1";
// ?1 id to start after, ?2 limit -> 0 id, 1 hash head, 2 hash tail, 3 raw length, 4 stored length,
// 5 codec, 6 references, 7 volume, 8 page, 9 volume state
inline constexpr const char* kSelectChunksAfter =
    "SELECT c.id, c.hash_head, c.hash_tail, c.raw_length, c.stored_length, c.codec, "
    "c.reference_count, c.volume, c.page, o.state "
    "FROM chunk c LEFT JOIN volume o ON o.number = c.volume "
    "WHERE c.id > ?1 ORDER BY c.id LIMIT ?2";
// ?1 id to start after, ?2 limit -> as kSelectChunksAfter, 10 hashes of its blocks or NULL
inline constexpr const char* kSelectChunksWithBlocks =
    "SELECT c.id, c.hash_head, c.hash_tail, c.raw_length, c.stored_length, c.codec, "
    "c.reference_count, c.volume, c.page, o.state, c.block_hashes "
    "FROM chunk c LEFT JOIN volume o ON o.number = c.volume "
    "WHERE c.id > ?1 ORDER BY c.id LIMIT ?2";
// ?1 volume, ?2 page to start after, ?3 limit -> as kSelectChunksAfter
inline constexpr const char* kSelectChunksOfVolume =
    "SELECT c.id, c.hash_head, c.hash_tail, c.raw_length, c.stored_length, c.codec, "
    "c.reference_count, c.volume, c.page, o.state "
    "FROM chunk c LEFT JOIN volume o ON o.number = c.volume "
    "WHERE c.volume = ?1 AND c.page > ?2 ORDER BY c.page LIMIT ?3";
// ?1 id, ?2 volume, ?3 page, ?4 volume it left, ?5 page it left
inline constexpr const char* kMoveChunk =
    "UPDATE chunk SET volume = ?2, page = ?3 WHERE id = ?1 AND volume = ?4 AND page = ?5";
// ?1 newest sequence that may be collected, ?2 limit
inline constexpr const char* kDeleteFreedChunks =
    "DELETE FROM chunk WHERE id IN (SELECT id FROM chunk WHERE freed_sequence <= ?1 "
    "AND reference_count = 0 LIMIT ?2)";
// ?1 volume -> 0 chunks, 1 stored bytes of chunks that are referenced, 2 stored bytes of all
inline constexpr const char* kSumVolume =
    "SELECT count(*), coalesce(sum(CASE WHEN reference_count > 0 THEN stored_length END), 0), "
    "coalesce(sum(stored_length), 0) FROM chunk WHERE volume = ?1";

// ---- volume
// ?1 identity
inline constexpr const char* kInsertVolume =
    "INSERT INTO volume(identity, state, pages, stored, sealed_sequence) VALUES(?1, 1, 0, 0, 0)";
// -> 0 number, 1 state, 2 pages, 3 stored bytes, 4 sealed sequence
inline constexpr const char* kSelectVolumes =
    "SELECT number, state, pages, stored, sealed_sequence FROM volume ORDER BY number";
// -> 0 number, 1 pages; filling volumes
inline constexpr const char* kSelectFillingVolumes =
    "SELECT number, pages FROM volume WHERE state = 1 ORDER BY number";
// ?1 number, ?2 pages, ?3 stored bytes; never lowers them, as two uploads may report in either
// order
inline constexpr const char* kUpdateVolumeBooks =
    "UPDATE volume SET pages = max(pages, ?2), stored = max(stored, ?3) WHERE number = ?1";
// ?1 number, ?2 pages, ?3 stored bytes, ?4 sealed sequence
inline constexpr const char* kSealVolume =
    "UPDATE volume SET state = 2, pages = ?2, stored = ?3, sealed_sequence = ?4 "
    "WHERE number = ?1 AND state = 1";
// ?1 number
inline constexpr const char* kMarkVolumeDropping =
    "UPDATE volume SET state = 3 WHERE number = ?1 AND state = 2 "
    "AND NOT EXISTS(SELECT 1 FROM chunk WHERE volume = ?1)";
// ?1 number
inline constexpr const char* kDeleteVolume = "DELETE FROM volume WHERE number = ?1 AND state = 3";

// ---- pin
// ?1 owner; at the sequence of the moment
inline constexpr const char* kInsertPin =
    "INSERT INTO pin(owner, sequence) VALUES(?1, " FHIRBIN_LAST_SEQUENCE ")";
// ?1 key
inline constexpr const char* kDeletePin = "DELETE FROM pin WHERE key = ?1";
// ?1 owner
inline constexpr const char* kDeletePinsOfOwner = "DELETE FROM pin WHERE owner = ?1";
// ?1 owner -> 0 count
inline constexpr const char* kCountPinsOfOwner = "SELECT count(*) FROM pin WHERE owner = ?1";
// -> 0 key, 1 owner, 2 sequence
inline constexpr const char* kSelectPins =
    "SELECT key, owner, sequence FROM pin ORDER BY sequence, key";

// ---- purge and tally
// ?1 sequence, ?2 id, ?3 number, ?4 instant
inline constexpr const char* kInsertPurge =
    "INSERT INTO purge(sequence, id, number, at) VALUES(?1, ?2, ?3, ?4)";
// The one row of the tally.
inline constexpr const char* kInsertTally = "INSERT INTO tally(retired) VALUES(0)";
// One sequence more that is not that of a kept version.
inline constexpr const char* kTallyRetired = "UPDATE tally SET retired = retired + 1";

// ---- changes: versions and purges
// -> 0 the last sequence, 0 when there is none
inline constexpr const char* kSelectLastSequence = "SELECT " FHIRBIN_LAST_SEQUENCE;
// -> 0 the oldest sequence kept, 0 when there is none
inline constexpr const char* kSelectOldestSequence =
    "SELECT coalesce(min(oldest), 0) FROM (SELECT min(sequence) AS oldest FROM version "
    "UNION ALL SELECT min(sequence) FROM purge)";
// ?1 after, ?2 limit -> 0 sequence, 1 action, 2 id, 3 number, 4 instant
inline constexpr const char* kSelectChanges =
    "SELECT sequence, action, id, number, last_updated FROM version WHERE sequence > ?1 UNION ALL "
    "SELECT sequence, 4, id, number, at FROM purge WHERE sequence > ?1 "
    "ORDER BY sequence LIMIT ?2";

// ---- checks over whole tables
// -> 0 ids of the Binaries whose kept versions are not one gapless run up to the head
inline constexpr const char* kSelectBrokenHistories =
    "SELECT b.id FROM binary b WHERE (SELECT max(v.number) = b.head_number "
    "AND count(*) = max(v.number) - min(v.number) + 1 AND max(v.sequence) = b.head_sequence "
    "FROM " FHIRBIN_NARROW_VERSIONS_OF("b.key") "WHERE v.purged_sequence IS NULL) IS NOT 1";
// -> 0 the oldest sequence, 1 the newest, 2 how many
inline constexpr const char* kSelectChangeRun =
    "SELECT coalesce(min(sequence), 0), coalesce(max(sequence), 0), count(*) FROM "
    "(SELECT sequence FROM version UNION ALL SELECT sequence FROM purge)";
// -> one row for each finding, a single "ok" without any
inline constexpr const char* kIntegrityCheck = "PRAGMA integrity_check(100)";
// -> 0 versions of no kind, of no Binary, of a number that it never had or first ones that its key
// does not lead to; and of those erased, what nothing hid or what something is left of
inline constexpr const char* kCountStrayVersions =
    "SELECT count(*) FROM version v WHERE (v.number = 1) <> (v.sequence = v.binary_key) "
    "OR v.action NOT BETWEEN 1 AND 3 OR (v.placement = 3 AND (v.purged_sequence IS NULL "
    "OR v.size <> 0 OR v.stored <> 0 OR v.chunk_count <> 0 OR v.digest <> x'' "
    "OR v.map_hash <> x'' OR v.seal <> x'' OR v.content_type <> '' "
    "OR v.security_context <> '' OR v.elements <> '')) "
    "OR NOT EXISTS(SELECT 1 FROM binary b WHERE b.id = v.id AND b.key = v.binary_key "
    "AND v.number BETWEEN 1 AND b.head_number)";
// -> 0 purges of no Binary, of a number that it never had, or in the place of a version
inline constexpr const char* kCountStrayPurges =
    "SELECT count(*) FROM purge p LEFT JOIN binary b ON b.id = p.id "
    "WHERE b.id IS NULL OR p.number NOT BETWEEN 1 AND b.head_number "
    "OR EXISTS(SELECT 1 FROM version w WHERE w.sequence = p.sequence)";
// ?1 whether history is kept -> 0 versions that no later change of their Binary can have hidden
inline constexpr const char* kCountUnexplainedPurges =
    "SELECT count(*) FROM version v WHERE v.purged_sequence IS NOT NULL "
    "AND (v.purged_sequence <= v.sequence OR NOT (EXISTS(SELECT 1 FROM purge p "
    "WHERE p.sequence = v.purged_sequence AND p.id = v.id) "
    "OR (?1 = 0 AND EXISTS(SELECT 1 FROM version w "
    "WHERE w.sequence = v.purged_sequence AND w.id = v.id))))";
// -> 0 Binaries whose key is not the sequence of their first version
inline constexpr const char* kCountStrangeKeys =
    "SELECT count(*) FROM binary b WHERE NOT EXISTS(SELECT 1 FROM version v "
    "WHERE v.sequence = b.key AND v.id = b.id AND v.number = 1)";
// -> 0 by how much the tally is wrong, and by how many rows it is not one
inline constexpr const char* kCountMistallied =
    "SELECT abs((SELECT count(*) FROM version WHERE purged_sequence IS NOT NULL) "
    "+ (SELECT count(*) FROM purge) - (SELECT coalesce(sum(retired), 0) FROM tally)) "
    "+ abs((SELECT count(*) FROM tally) - 1)";
// -> 0 versions that do not follow the one before them in time and in sequence; `w.number > 1` as
// in the histories above
inline constexpr const char* kCountStepsBack =
    "SELECT count(*) FROM version v JOIN version w ON w.binary_key = v.binary_key "
    "AND w.number = v.number + 1 AND w.number > 1 AND w.placement <> 3 "
    "WHERE w.last_updated <= v.last_updated "
    "OR w.sequence <= v.sequence";
// -> 0 rows of inline content whose version has none
inline constexpr const char* kCountStrayInline =
    "SELECT count(*) FROM inline_content i WHERE NOT EXISTS("
    "SELECT 1 FROM version v WHERE v.sequence = i.sequence AND v.placement = 1)";
// -> 0 segments of chunk maps whose version has no chunks
inline constexpr const char* kCountStrayMaps =
    "SELECT count(*) FROM chunk_map m WHERE NOT EXISTS("
    "SELECT 1 FROM version v WHERE v.sequence = m.sequence AND v.placement = 2)";
// -> 0 chunks that are freed while referenced, or neither
inline constexpr const char* kCountMisfreedChunks =
    "SELECT count(*) FROM chunk WHERE (freed_sequence IS NULL) <> (reference_count > 0)";
// -> 0 volumes in a state that there is not
inline constexpr const char* kCountStrangeVolumes =
    "SELECT count(*) FROM volume WHERE state NOT BETWEEN 1 AND 3";

// ---- figures
// -> 0 Binaries not deleted, 1 deleted
inline constexpr const char* kCountBinaries =
    "SELECT coalesce(sum(v.action <> 3), 0), coalesce(sum(v.action = 3), 0) FROM binary b "
    "JOIN version v ON v.sequence = b.head_sequence";
// -> 0 kept versions, 1 content bytes, 2 inline stored bytes, 3 content bytes that lie in chunks
inline constexpr const char* kSumVersions =
    "SELECT count(*), coalesce(sum(size), 0), "
    "coalesce(sum(CASE WHEN placement = 1 THEN stored END), 0), "
    "coalesce(sum(CASE WHEN placement = 2 THEN size END), 0) "
    "FROM version WHERE purged_sequence IS NULL";
// -> 0 live chunks, 1 raw bytes, 2 stored bytes
inline constexpr const char* kSumChunks =
    "SELECT count(*), coalesce(sum(raw_length), 0), coalesce(sum(stored_length), 0) FROM chunk "
    "WHERE reference_count > 0";
// -> 0 content type as kept, 1 content bytes: of each version. Grouping them here would sort them
// all in memory.
inline constexpr const char* kSelectContentTypes =
    "SELECT content_type, size FROM version WHERE purged_sequence IS NULL AND action <> 3";

}  // namespace fhirbin::storage::sql
