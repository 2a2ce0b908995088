/* A C17 program that uses the whole C interface once: proof that the header is C, that the names
   link without C++, and that a caller gets along with nothing else. Takes the folder to work in. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fhirbin/c.h"

#define CHECK(condition)                                                   \
  do {                                                                     \
    if (!(condition)) {                                                    \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);      \
      fprintf(stderr, "last error: %d %s\n", error.status, error.message); \
      exit(1);                                                             \
    }                                                                      \
  } while (0)

enum { kLargeBytes = 3000000 };

static fhirbin_error error = {.struct_size = sizeof(fhirbin_error)};

struct bytes {
  const char* data;
  size_t size;
  size_t position;
};

static fhirbin_status read_bytes(void* context, void* buffer, size_t capacity, size_t* size) {
  struct bytes* bytes = context;
  const size_t left = bytes->size - bytes->position;
  *size = left < capacity ? left : capacity;
  memcpy(buffer, bytes->data + bytes->position, *size);
  bytes->position += *size;
  return FHIRBIN_OK;
}

struct text {
  char data[8192];
  size_t size;
  int finished;
};

static fhirbin_status write_text(void* context, const void* bytes, size_t size) {
  struct text* text = context;
  if (text->size + size > sizeof text->data) {
    return FHIRBIN_NO_SPACE;
  }
  memcpy(text->data + text->size, bytes, size);
  text->size += size;
  return FHIRBIN_OK;
}

static fhirbin_status finish_text(void* context) {
  ((struct text*)context)->finished += 1;
  return FHIRBIN_OK;
}

static fhirbin_sink sink_to(struct text* text) {
  memset(text, 0, sizeof *text);
  const fhirbin_sink sink = {sizeof sink, text, write_text, finish_text};
  return sink;
}

static char* large_content(void) {
  char* data = malloc(kLargeBytes);
  unsigned state = 1;
  for (size_t i = 0; data != NULL && i < kLargeBytes; ++i) {
    state = state * 1664525U + 1013904223U;
    data[i] = (char)(state >> 24);
  }
  return data;
}

static void put_by_pulling(fhirbin_store* store, const char* data, size_t size, char* id) {
  fhirbin_write_options options;
  fhirbin_write_options_init(&options, sizeof options);
  options.content_type = "application/dicom";
  options.security_context = "Patient/17";
  struct bytes bytes = {data, size, 0};
  const fhirbin_source source = {sizeof source, &bytes, read_bytes};
  fhirbin_version_info* made = NULL;
  CHECK(fhirbin_put(store, &options, &source, &made, &error) == FHIRBIN_OK);
  CHECK(made->struct_size == sizeof *made && made->version == 1 && made->created == 1);
  CHECK(made->size_bytes == size && strcmp(made->security_context, "Patient/17") == 0);
  strcpy(id, made->id);
  fhirbin_version_info_free(made);
}

static void update_by_pushing(fhirbin_store* store, const char* id) {
  fhirbin_write_options options;
  fhirbin_write_options_init(&options, sizeof options);
  options.id = id;
  options.content_type = "text/plain";
  options.if_match = 1;
  fhirbin_writer* writer = NULL;
  CHECK(fhirbin_writer_open(store, &options, &writer, &error) == FHIRBIN_OK);
  CHECK(fhirbin_writer_write(writer, "second ", 7, &error) == FHIRBIN_OK);
  CHECK(fhirbin_writer_write(writer, "version", 7, &error) == FHIRBIN_OK);
  fhirbin_version_info* made = NULL;
  CHECK(fhirbin_writer_commit(writer, &made, &error) == FHIRBIN_OK);
  CHECK(made->version == 2 && made->size_bytes == 14);
  fhirbin_version_info_free(made);
  fhirbin_writer_free(writer);

  /* The head is 2 now. */
  CHECK(fhirbin_writer_open(store, &options, &writer, &error) == FHIRBIN_OK);
  CHECK(fhirbin_writer_commit(writer, NULL, &error) == FHIRBIN_VERSION_CONFLICT);
  CHECK(error.status == FHIRBIN_VERSION_CONFLICT && error.message[0] != '\0');
  CHECK(strcmp(fhirbin_status_name(error.status), "VersionConflict") == 0);
  fhirbin_writer_free(writer);
}

static void read_back(fhirbin_store* store, const char* id, const char* data) {
  fhirbin_reader* reader = NULL;
  CHECK(fhirbin_reader_open(store, id, 1, &reader, &error) == FHIRBIN_OK);
  CHECK(fhirbin_reader_info(reader)->size_bytes == kLargeBytes);
  char part[100000];
  size_t copied = 0;
  CHECK(fhirbin_reader_read_at(reader, 1234567, part, sizeof part, &copied, &error) == FHIRBIN_OK);
  CHECK(copied == sizeof part && memcmp(part, data + 1234567, sizeof part) == 0);
  CHECK(fhirbin_reader_read_at(reader, kLargeBytes - 5, part, sizeof part, &copied, &error) ==
        FHIRBIN_OK);
  CHECK(copied == 5);
  CHECK(fhirbin_reader_read(reader, part, 10, &copied, &error) == FHIRBIN_OK);
  CHECK(fhirbin_reader_read(reader, part, 10, &copied, &error) == FHIRBIN_OK);
  CHECK(copied == 10 && memcmp(part, data + 10, 10) == 0);
  fhirbin_reader_free(reader);
}

static void look_around(fhirbin_store* store, const char* id) {
  fhirbin_version_info* head = NULL;
  CHECK(fhirbin_find_version(store, id, 0, &head, &error) == FHIRBIN_OK);
  CHECK(head->version == 2);
  fhirbin_version_info_free(head);
  CHECK(fhirbin_find_version(store, id, 3, &head, &error) == FHIRBIN_NOT_FOUND);
  CHECK(head == NULL);

  fhirbin_version_page* page = NULL;
  CHECK(fhirbin_history(store, id, NULL, &page, &error) == FHIRBIN_OK);
  CHECK(page->count == 2 && page->total == 2 && page->next_page_token[0] == '\0');
  CHECK(page->versions[0]->version == 2 && page->versions[1]->version == 1);
  fhirbin_version_page_free(page);

  fhirbin_list_query query;
  fhirbin_list_query_init(&query, sizeof query);
  query.content_type = "text/*";
  CHECK(fhirbin_list(store, &query, &page, &error) == FHIRBIN_OK);
  CHECK(page->count == 1 && strcmp(page->versions[0]->id, id) == 0);
  fhirbin_version_page_free(page);

  fhirbin_change_page* changes = NULL;
  int32_t changed = 0;
  CHECK(fhirbin_wait_for_change(store, 1, 0, &changed, &error) == FHIRBIN_OK && changed == 1);
  CHECK(fhirbin_changes(store, 0, 100, &changes, &error) == FHIRBIN_OK);
  CHECK(changes->count == 2 && changes->last_sequence == 2 && changes->changes[1]->action == 2);
  struct text text;
  const fhirbin_sink sink = sink_to(&text);
  CHECK(fhirbin_write_notification(store, changes->changes[1], NULL, &sink, &error) == FHIRBIN_OK);
  CHECK(text.finished == 1 && text.size > 0 && text.data[0] == '{');
  fhirbin_change_page_free(changes);
}

static void write_views(fhirbin_store* store, const char* id) {
  struct text text;
  const fhirbin_sink sink = sink_to(&text);
  CHECK(fhirbin_write_fhir_json(store, id, 0, NULL, &sink, &error) == FHIRBIN_OK);
  text.data[text.size] = '\0';
  CHECK(text.finished == 1 && strstr(text.data, "\"data\":\"c2Vjb25kIHZlcnNpb24=\"") != NULL);

  fhirbin_inline_policy policy;
  fhirbin_inline_policy_init(&policy, sizeof policy);
  policy.inline_limit_bytes = 1000;
  fhirbin_export_options options;
  fhirbin_export_options_init(&options, sizeof options);
  options.policy = &policy;
  options.history = 1;
  fhirbin_export_report report = {.struct_size = sizeof report};
  const fhirbin_sink again = sink_to(&text);
  CHECK(fhirbin_export_ndjson(store, &options, &again, NULL, &report, &error) == FHIRBIN_OK);
  CHECK(report.lines == 2 && report.inlined == 1 && report.substituted == 1);
  CHECK(report.bytes == text.size && report.sequence == 2);
}

static void take_care(fhirbin_store* store, const char* id) {
  fhirbin_store_stats* stats = NULL;
  CHECK(fhirbin_stats(store, &stats, &error) == FHIRBIN_OK);
  CHECK(stats->versions == 2 && stats->fhir_version == 5 && stats->media_type_count == 2);
  CHECK(strcmp(stats->media_types[0]->content_type, "application/dicom") == 0);
  fhirbin_store_stats_free(stats);

  fhirbin_purge_report purged = {.struct_size = sizeof purged};
  CHECK(fhirbin_purge_history(store, id, 1, &purged, &error) == FHIRBIN_OK);
  CHECK(purged.versions_purged == 1 && purged.chunks_freed > 0);
  fhirbin_collect_report collected = {.struct_size = sizeof collected};
  CHECK(fhirbin_collect_garbage(store, NULL, &collected, &error) == FHIRBIN_OK);
  CHECK(collected.volumes_dropped == 1 && collected.bytes_returned > 0);

  fhirbin_version_info* made = NULL;
  CHECK(fhirbin_remove(store, id, 2, &made, &error) == FHIRBIN_OK);
  CHECK(made->deleted == 1 && made->version == 3);
  fhirbin_version_info_free(made);
  CHECK(fhirbin_remove(store, id, 0, &made, &error) == FHIRBIN_OK && made == NULL);
  fhirbin_reader* reader = NULL;
  CHECK(fhirbin_reader_open(store, id, 0, &reader, &error) == FHIRBIN_GONE && reader == NULL);

  fhirbin_verify_report* report = NULL;
  CHECK(fhirbin_verify(store, NULL, &report, &error) == FHIRBIN_OK);
  CHECK(report->complete == 1 && report->damage_count == 0 && report->versions == 2);
  fhirbin_verify_report_free(report);
}

int main(int argc, char** argv) {
  CHECK(argc == 2);
  fhirbin_create_options create;
  fhirbin_create_options_init(&create, sizeof create);
  create.fhir_version = 5;
  fhirbin_store* store = NULL;
  CHECK(fhirbin_store_create(argv[1], &create, NULL, &store, &error) == FHIRBIN_OK);
  CHECK(fhirbin_store_fhir_version(store) == 5);

  char* data = large_content();
  CHECK(data != NULL);
  char id[65];
  put_by_pulling(store, data, kLargeBytes, id);
  update_by_pushing(store, id);
  read_back(store, id, data);
  look_around(store, id);
  write_views(store, id);
  take_care(store, id);
  free(data);
  CHECK(fhirbin_store_close(store, &error) == FHIRBIN_OK);

  fhirbin_open_options open;
  fhirbin_open_options_init(&open, sizeof open);
  open.read_only = 1;
  CHECK(fhirbin_store_open(argv[1], &open, &store, &error) == FHIRBIN_OK);
  CHECK(fhirbin_purge_history(store, id, 1, NULL, &error) == FHIRBIN_READ_ONLY);
  CHECK(fhirbin_store_close(store, &error) == FHIRBIN_OK);
  printf("the C interface of fhirbin %s works\n", fhirbin_library_version());
  return 0;
}
