// The example of README.md, which must say the same between the marks. Wants scan.dcm and
// edited.dcm in the working folder.
#include <cstddef>
#include <iostream>
#include <vector>

#include <fhirbin/fhirbin.h>

int main() {
  // [example]
  using namespace fhirbin;
  Store store = Store::open_or_create("clinic.fhirbin").value();
  const VersionInfo scan =
      store.create(file_source("scan.dcm"), {.content_type = "application/dicom"}).value();
  const auto edited =
      store.update(scan.id, file_source("edited.dcm"), {.content_type = "application/dicom"},
                   {.if_match = scan.version});
  if (!edited && edited.error().code == ErrorCode::kVersionConflict) {
    std::cerr << "somebody else was quicker\n";
  }
  std::vector<std::byte> part(4096);
  Reader reader = store.open_reader(scan.id, 1).value();  // the first version is still there
  const std::size_t copied = reader.read_at(1000, part).value();  // any range, checked
  const ExportReport report = store.export_ndjson(file_sink("export.ndjson")).value();
  // [/example]
  std::cout << "copied " << copied << ", exported " << report.lines << '\n';
  return edited && edited->version == 2 && report.lines == 1 ? 0 : 1;
}
