#include "apdu/open.hpp"

#include <algorithm>

#include "apdu/tags.hpp"
#include "base/secret.hpp"

namespace meterpipe::apdu {
namespace {

// plain < none < unverified < verified
Auth better(Auth a, Auth b) { return std::max(a, b); }
static_assert(Auth::plain < Auth::none && Auth::none < Auth::unverified &&
              Auth::unverified < Auth::verified);

// One more service inside: what it says of itself counts, where it says something.
void add_layer(Security& security, const CipheredApdu& layer) {
  if (const ApduTag* tag = find_apdu_tag(layer.tag)) security.inside = tag->name;
  if (!layer.title.empty() && (layer.has_control || security.title.empty())) {
    security.title.assign(layer.title);
    security.title_given = false;
  }
  if (layer.has_control) {
    security.has_control = true;
    security.control = layer.control;
    security.counter = layer.counter;
  }
  if (security.signature.empty()) {
    security.signature.assign(layer.signature.begin(), layer.signature.end());
  }
}

}  // namespace

Result<void> Opener::open(Bytes apdu, Security& security, ByteVector& plain) {
  plain.clear();
  if (layers_ != nullptr) layers_->clear();
  Auth trust = Auth::plain;
  key_ = nullptr;  // of the outermost layer that has one
  bool is_protected = false;
  const auto use_given = [&] {
    if (!security.title.empty() || given_.empty()) return;
    security.title = given_;
    security.title_given = true;
  };
  for (int depth = 0;; ++depth) {
    const auto layer = parse_ciphered(apdu);
    if (!layer) {
      if (depth == 0) {
        if (auto seen = glimpse(apdu)) security = std::move(*seen);
        use_given();
      }
      plain.clear();
      return tl::unexpected(layer.error());
    }
    depth == 0 ? void(security = security_of(*layer)) : add_layer(security, *layer);
    use_given();
    const auto done = open_layer(*layer, security, trust == Auth::verified, plain);
    if (first_looks_ != 0) {  // functions were called for the first time, with a key at hand
      --first_looks_;
      wipe_stack();
    }
    is_protected |= layer->enciphered() || !layer->has_control;
    if (done && key_ == nullptr) key_ = *done;
    if (done && layers_ != nullptr) layers_->push_back({security, plain});
    trust = better(trust, security.auth);
    security.auth = trust;
    if (!done) {
      plain.clear();
      return tl::unexpected(done.error());
    }
    // A first byte of 00 stands for a ciphering only where nothing says that it is none.
    const bool more = !plain.empty() && plain[0] != 0 && is_ciphered(plain);
    if (!more) break;
    if (depth + 1 == kDeepestService) {
      plain.clear();
      return fail(Fault::too_deep, 0, kDeepestService);
    }
    outer_.swap(plain);
    apdu = outer_;
  }
  if (const auto error = distrust(security, key_, is_protected)) {
    plain.clear();
    return tl::unexpected(*error);
  }
  return {};
}

// Why the whole of it is not to be believed, whatever it says.
std::optional<Error> Opener::distrust(const Security& security, const Key* key,
                                      bool is_protected) const {
  const bool is_verified = security.auth == Auth::verified;
  AuthMode mode = key == nullptr ? mode_ : key->auth(mode_);
  if (key == nullptr && keys_.requires_tags()) mode = AuthMode::require;
  if (mode == AuthMode::require && !is_verified) return Error{Fault::not_authenticated};
  if (mode == AuthMode::ignore) return std::nullopt;
  if (!is_protected && !is_verified) return Error{Fault::unprotected, 0, 0, security.control};
  if (!keys_.believes(security, key)) return Error{Fault::less_than_before};
  return std::nullopt;
}

Result<Key*> Opener::open_layer(const CipheredApdu& layer, Security& security, bool verified,
                                ByteVector& plain) {
  if (!layer.has_control) {
    security.auth = Auth::unverified;
    if (!makes_sense(layer.content) && !is_ciphered(layer.content)) {
      return tl::unexpected(why_no_apdu(layer.content));
    }
    plain.assign(layer.content.begin(), layer.content.end());
    return nullptr;
  }
  const bool title_was_known = !security.title.empty();
  const KeySource::Choice choice = keys_.keys_for(security);
  const auto with = [&](AuthMode mode) {
    return decipher(layer, choice.keys, mode, security, plain, choice.first);
  };
  auto done = with(verified && mode_ == AuthMode::require ? AuthMode::check : mode_);
  if (!done && done.error().fault == Fault::not_authenticated) {
    // It may hold one that can be verified.
    if (const auto other = with(AuthMode::check); other && is_ciphered(plain)) done = other;
  }
  if (!done) return tl::unexpected(done.error());
  if (*done != nullptr && choice.keys.size() > 1) keys_.fitted(security, title_was_known, **done);
  return *done;
}

}  // namespace meterpipe::apdu
