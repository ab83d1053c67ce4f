#include "mqtt/tls.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "os/files.hpp"
#include "os/secrets.hpp"
#include "os/status.hpp"

namespace meterpipe::mqtt {
namespace {

std::string openssl_error() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "unknown error";
}

void must(bool good, const char* what) {
  if (!good) throw os::Fatal(os::kSoftware, "TLS: {}: {}", what, openssl_error());
}

template <auto free>
struct Free {
  template <class T>
  void operator()(T* one) const {
    free(one);
  }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;

void free_all(STACK_OF(X509_INFO) * all) { sk_X509_INFO_pop_free(all, X509_INFO_free); }
using Infos = std::unique_ptr<STACK_OF(X509_INFO), Free<free_all>>;

// All of a file, read by ourselves: OpenSSL's words for a missing one are no help, and it would
// wait at a FIFO whatever signal comes. Wiped: it may be a private key.
class Pem {
 public:
  explicit Pem(const std::string& path) : Pem(path, os::Descriptor(os::open_file(path))) {}
  Pem(const std::string& path, const os::Descriptor& file)
      : text_(os::read_all(file.get(), path, kLongest)),
        bio_(BIO_new_mem_buf(text_.data(), static_cast<int>(text_.size()))) {
    must(bio_ != nullptr, "no memory");
  }
  ~Pem() { ::explicit_bzero(text_.data(), text_.size()); }
  Pem(const Pem&) = delete;
  Pem& operator=(const Pem&) = delete;

  BIO* get() const { return bio_.get(); }

 private:
  static constexpr std::size_t kLongest = std::size_t{4} << 20;

  std::string text_;
  Bio bio_;
};

[[noreturn]] void bad_file(const std::string& path, const char* expected) {
  throw os::Fatal(os::kConfig, "{}: {} was expected, as PEM ({})", path, expected, openssl_error());
}

// The names and addresses that a certificate is for, for people.
std::string names_of(X509* certificate) {
  constexpr std::size_t kMost = 200;
  std::string names;
  const auto add = [&](std::string_view name) {
    if (name.empty() || names.size() + name.size() > kMost) return;
    names.append(names.empty() ? "" : ", ");
    for (const char c : name) names += c > ' ' && c <= '~' ? c : '?';
  };
  if (certificate == nullptr) return names;
  auto* const all = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; all != nullptr && i < sk_GENERAL_NAME_num(all); ++i) {
    const GENERAL_NAME* const one = sk_GENERAL_NAME_value(all, i);
    if (one->type != GEN_DNS && one->type != GEN_IPADD) continue;
    const ASN1_STRING* const text = one->type == GEN_DNS ? one->d.dNSName : one->d.iPAddress;
    const unsigned char* const bytes = ASN1_STRING_get0_data(text);
    const int size = ASN1_STRING_length(text);
    char address[INET6_ADDRSTRLEN] = "";
    if (one->type == GEN_DNS) {
      add({reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)});
    } else if (size == 4 || size == 16) {
      add(::inet_ntop(size == 4 ? AF_INET : AF_INET6, bytes, address, sizeof address));
    }
  }
  GENERAL_NAMES_free(all);
  if (!names.empty()) return names;
  char common[kMost] = "";
  if (X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, common,
                                sizeof common) > 0) {
    add(common);
  }
  return names;
}

int no_passphrase(char*, int, int, void*) { return -1; }  // OpenSSL would ask on the terminal

// RFC 8446, 6.2: alerts by which a broker says that it does not like our certificate, or its lack.
constexpr std::array kCertificateAlerts{
    SSL_AD_HANDSHAKE_FAILURE,   SSL_AD_BAD_CERTIFICATE,     SSL_AD_UNSUPPORTED_CERTIFICATE,
    SSL_AD_CERTIFICATE_REVOKED, SSL_AD_CERTIFICATE_EXPIRED, SSL_AD_CERTIFICATE_UNKNOWN,
    SSL_AD_UNKNOWN_CA,          SSL_AD_ACCESS_DENIED,       SSL_AD_CERTIFICATE_REQUIRED};

}  // namespace

TlsContext::TlsContext(const TlsFiles& files, const std::string& host)
    : context_(SSL_CTX_new(TLS_client_method())),
      expected_(files.name.empty() ? host : files.name) {
  must(context_ != nullptr, "no context");
  must(SSL_CTX_set_min_proto_version(get(), TLS1_2_VERSION) == 1, "TLS 1.2");
  SSL_CTX_set_mode(get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_default_passwd_cb(get(), no_passphrase);
  SSL_CTX_set_app_data(get(), this);
  SSL_CTX_set_info_callback(get(), info);
  SSL_CTX_set_cert_cb(get(), asked, this);
  expect_host(expected_);
  if (files.insecure) {
    SSL_CTX_set_verify(get(), SSL_VERIFY_NONE, nullptr);
  } else {
    SSL_CTX_set_verify(get(), SSL_VERIFY_PEER, verify);
    load_trust(files);
  }
  if (!files.cert.empty()) load_own(files);
}

TlsContext::~TlsContext() = default;

void TlsContext::load_trust(const TlsFiles& files) {
  if (files.ca.empty()) {
    must(SSL_CTX_set_default_verify_paths(get()) == 1, "the system's certificates");
    return;
  }
  const Pem pem(files.ca);
  const Infos all(PEM_X509_INFO_read_bio(pem.get(), nullptr, no_passphrase, nullptr));
  X509_STORE* const store = SSL_CTX_get_cert_store(get());
  int certificates = 0;
  for (int i = 0; all != nullptr && i < sk_X509_INFO_num(all.get()); ++i) {
    const X509_INFO* const one = sk_X509_INFO_value(all.get(), i);
    if (one->x509 != nullptr && X509_STORE_add_cert(store, one->x509) == 1) ++certificates;
    if (one->crl != nullptr) X509_STORE_add_crl(store, one->crl);
  }
  if (certificates == 0) bad_file(files.ca, "a CA certificate");
  // The broker's own certificate may be given in place of a CA's.
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(get()), X509_V_FLAG_PARTIAL_CHAIN);
}

void TlsContext::load_own(const TlsFiles& files) {
  const Pem chain(files.cert);
  const Certificate own(PEM_read_bio_X509_AUX(chain.get(), nullptr, no_passphrase, nullptr));
  if (own == nullptr || SSL_CTX_use_certificate(get(), own.get()) != 1) {
    bad_file(files.cert, "a certificate");
  }
  while (const Certificate next{PEM_read_bio_X509(chain.get(), nullptr, no_passphrase, nullptr)}) {
    if (SSL_CTX_add1_chain_cert(get(), next.get()) != 1) bad_file(files.cert, "a certificate");
  }
  ERR_clear_error();  // of its end
  const os::Descriptor file(os::open_at_once(files.key));
  os::check_secret(os::Secret::tls_key, file.get(), files.key, os::Guarded::no);
  const Pem pem(files.key, file);
  const PrivateKey key(PEM_read_bio_PrivateKey(pem.get(), nullptr, no_passphrase, nullptr));
  if (key == nullptr || SSL_CTX_use_PrivateKey(get(), key.get()) != 1) {
    bad_file(files.key, "the certificate's private key without a passphrase");
  }
  if (SSL_CTX_check_private_key(get()) != 1) bad_file(files.key, "the certificate's private key");
}

void TlsContext::expect_host(const std::string& host) {
  X509_VERIFY_PARAM* param = SSL_CTX_get0_param(get());
  if (X509_VERIFY_PARAM_set1_ip_asc(param, host.c_str()) == 1) return;
  ERR_clear_error();
  server_name_ = host;
  X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  must(X509_VERIFY_PARAM_set1_host(param, host.c_str(), host.size()) == 1, "host name");
}

TlsContext* TlsContext::of(const SSL* ssl) {
  return static_cast<TlsContext*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
}

int TlsContext::verify(int good, X509_STORE_CTX* store) {
  const void* ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
  if (good == 0 && ssl != nullptr) {
    TlsContext& self = *of(static_cast<const SSL*>(ssl));
    self.verify_error_ = X509_STORE_CTX_get_error(store);
    self.names_ = names_of(X509_STORE_CTX_get_current_cert(store));
  }
  return good;
}

int TlsContext::asked(SSL*, void* self) {
  static_cast<TlsContext*>(self)->asked_ = true;
  return 1;
}

void TlsContext::info(const SSL* ssl, int type, int value) {
  TlsContext* self = of(ssl);
  if ((type & SSL_CB_HANDSHAKE_START) != 0) {
    // Before the ClientHello is made: in place of the address that libmosquitto has set.
    char* name = self->server_name_.empty() ? nullptr : self->server_name_.data();
    SSL_ctrl(const_cast<SSL*>(ssl), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name);
  }
  if ((type & SSL_CB_HANDSHAKE_DONE) != 0) self->done_ = true;
  const bool fatal = value >> 8 == SSL3_AL_FATAL;
  if ((type & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && fatal) self->alert_ = value & 0xff;
}

void TlsContext::start_attempt() {
  verify_error_ = X509_V_OK;
  alert_ = -1;
  asked_ = done_ = false;
}

TlsContext::Trouble TlsContext::trouble(bool broken_off) const {
  if (verify_error_ != X509_V_OK) {
    // A clock that has not been set yet, as after the start of a small computer, comes right.
    const bool refused = verify_error_ != X509_V_ERR_CERT_NOT_YET_VALID;
    const bool unknown = verify_error_ == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
                         verify_error_ == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT ||
                         verify_error_ == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN;
    const bool other = verify_error_ == X509_V_ERR_HOSTNAME_MISMATCH ||
                       verify_error_ == X509_V_ERR_IP_ADDRESS_MISMATCH;
    return {fmt::format("the broker's certificate is not accepted: {}{}",
                        X509_verify_cert_error_string(verify_error_),
                        unknown ? " (--ca FILE names its CA, or itself)"
                        : other ? fmt::format(" (it is for {}, and not for {}: --tls-name NAME "
                                              "expects another name)",
                                              names_.empty() ? "no name" : names_, expected_)
                                : ""),
            refused};
  }
  if (alert_ < 0) {
    // With TLS 1.3 the client is done before the server has looked at its certificate: our CONNECT
    // may then meet a closed socket, and the reset hides the alert.
    if (!broken_off || !asked_ || !done_) return {};
    return {
        "the broker asked for a client certificate and broke the connection off (client "
        "certificate: --cert and --key)",
        true};
  }
  const bool refused = std::ranges::find(kCertificateAlerts, alert_) != kCertificateAlerts.end();
  // OpenSSL 3.0 has no words for this one.
  const char* text = alert_ == SSL_AD_CERTIFICATE_REQUIRED
                         ? "certificate required"
                         : SSL_alert_desc_string_long(alert_ | SSL3_AL_FATAL << 8);
  return {fmt::format("the broker refuses the TLS connection: {}{}", text,
                      refused ? " (client certificate: --cert and --key)" : ""),
          refused};
}

}  // namespace meterpipe::mqtt
