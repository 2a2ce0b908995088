#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "tests/support/file_text.h"

namespace fhirbin::testing {

// Every file below a folder with its bytes, by relative path: two images are equal when nothing was
// written in between. Folders stand with a slash at the end.
using FolderImage = std::map<std::string, std::string>;

inline FolderImage take_folder_image(const std::filesystem::path& folder) {
  FolderImage image;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string name = std::filesystem::relative(entry.path(), folder).string();
    if (entry.is_directory()) {
      image.emplace(name + "/", "");
    } else {
      image.emplace(name, file_text(entry.path()));
    }
  }
  return image;
}

}  // namespace fhirbin::testing
