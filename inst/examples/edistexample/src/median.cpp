#include <algorithm>
#include <vector>

#define R_NO_REMAP
#include <R.h>
#include <Rinternals.h>

#include <edist.h>

// The median of the distances to the nearest other observation. The values of
// an observation stand together, as in most C++ programs.
extern "C" SEXP median_nearest(SEXP columns) {
  edist_data rows = {};
  rows.values = REAL(columns);
  rows.nrow = static_cast<size_t>(Rf_ncols(columns));
  rows.ncol = static_cast<size_t>(Rf_nrows(columns));
  rows.by_row = 1;
  edist_code code;
  double median = NA_REAL;
  {
    std::vector<int> index(rows.nrow);
    std::vector<double> distance(rows.nrow);
    code = edist_api()->nearest(&rows, nullptr, nullptr, 1, index.data(),
                                distance.data());
    if (code == EDIST_OK) {
      std::nth_element(distance.begin(), distance.begin() + rows.nrow / 2,
                       distance.end());
      median = distance[rows.nrow / 2];
    }
  } // Rf_error() would not destroy the vectors.
  if (code != EDIST_OK) Rf_error("%s", edist_api()->text(code));
  return Rf_ScalarReal(median);
}
