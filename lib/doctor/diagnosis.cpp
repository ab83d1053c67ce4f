#include "doctor/diagnosis.hpp"

#include <algorithm>

namespace meterpipe::doctor {

std::string_view Diagnosis::advice() const {
  if (layer == Layer::none) return {};
  const Finding& finding = decisive();
  return finding.advice.empty() ? row_of(cause).advice : std::string_view(finding.advice);
}

Diagnosis conclude(std::array<Finding, kLayers> layers) {
  Diagnosis diagnosis;
  diagnosis.layers = std::move(layers);
  for (const State wanted : {State::broken, State::suspicious}) {
    for (std::size_t i = 0; i < kLayers && diagnosis.layer == Layer::none; ++i) {
      const Finding& finding = diagnosis.layers[i];
      if (finding.state != wanted) continue;
      diagnosis.layer = static_cast<Layer>(i);
      diagnosis.cause = finding.cause;
      diagnosis.confidence = finding.confidence;
      diagnosis.ok = wanted != State::broken;
    }
  }
  // Bytes that came with parity errors explain what is missing behind them, not the other way
  // round.
  const Finding& line = diagnosis.layers[static_cast<std::size_t>(Layer::line)];
  const bool is_loss = diagnosis.layer == Layer::framing || diagnosis.layer == Layer::transport;
  if (is_loss && line.state == State::suspicious && line.cause == Cause::parity) {
    diagnosis.layer = Layer::line;
    diagnosis.cause = line.cause;
    diagnosis.confidence = line.confidence;
  }
  // Messages without a check of their own that are put together of two have a tag that fails, too.
  if (diagnosis.cause == Cause::tag_failed && line.state == State::suspicious &&
      line.cause == Cause::noise) {
    diagnosis.confidence = std::min(diagnosis.confidence, 0.5);
  }
  return diagnosis;
}

}  // namespace meterpipe::doctor
