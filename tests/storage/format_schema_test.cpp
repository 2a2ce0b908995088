#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/storage/catalog.h"
#include "engine/storage/sql.h"
#include "tests/support/format_document.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_store.h"

namespace fhirbin::storage {
namespace {

// The statements of the block that follows "### Schema" in FORMAT.md, without their semicolons.
std::vector<std::string> statements_of_document() {
  std::istringstream block(testing::format_block("### Schema", "sql"));
  std::vector<std::string> statements;
  for (std::string line; std::getline(block, line);) {
    EXPECT_TRUE(line.ends_with(';')) << line;
    line.pop_back();
    statements.push_back(line);
  }
  return statements;
}

TEST(FormatSchemaTest, TheDocumentHoldsEveryStatementOfANewCatalog) {
  testing::TemporaryStore store;
  store.close();
  const auto catalog = Catalog::open({store.path()}, {});
  ASSERT_THAT(catalog, testing::is_ok());
  std::vector<std::string> statements;
  ASSERT_THAT((*catalog)->read([&](Connection& connection) -> Result<void> {
    FHIRBIN_TRY_ASSIGN(Statement select, connection.prepare(sql::kSelectSchema));
    while (true) {
      FHIRBIN_TRY_ASSIGN(const bool found, select.step());
      if (!found) {
        return {};
      }
      statements.emplace_back(select.column_text(0));
    }
  }),
              testing::is_ok());
  EXPECT_EQ(statements_of_document(), statements);
}

}  // namespace
}  // namespace fhirbin::storage
