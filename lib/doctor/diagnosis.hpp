// All layers' findings, and what they come to: the first one that is broken.
#pragma once

#include <array>

#include "doctor/finding.hpp"

namespace meterpipe::doctor {

struct Diagnosis {
  std::array<Finding, kLayers> layers;  // by Layer
  bool ok = true;                       // no layer is broken
  Layer layer = Layer::none;            // the first broken one, else the first suspicious one
  Cause cause = Cause::none;
  double confidence = 1;

  const Finding& decisive() const { return layers[static_cast<std::size_t>(layer)]; }
  // What to try; empty where there is nothing.
  std::string_view advice() const;
};

// Behind a broken layer through which nothing came, the others are not reached.
Diagnosis conclude(std::array<Finding, kLayers> layers);

}  // namespace meterpipe::doctor
