// TLS towards the broker, as an SSL_CTX of our own that libmosquitto is told to use as it is.
//
// libmosquitto 2.0.11 could set TLS up itself, but it checks the certificate against the host that
// it connects to, which here is an address (names are resolved beside the loop); its "insecure"
// skips the name only, so that a self-signed certificate is refused either way; and it does not say
// why a handshake failed. Here the certificate is checked against the name that the user gave, by
// OpenSSL, and the server is told that name (SNI).
#pragma once

#include <memory>
#include <string>

#include <openssl/ssl.h>

namespace meterpipe::mqtt {

struct TlsFiles {
  std::string ca;         // PEM; empty: the system's
  std::string cert;       // client certificate and its chain, PEM; empty: none
  std::string key;        // its key, PEM, without a passphrase
  bool insecure = false;  // any certificate will do
  std::string name = {};  // that the certificate must be for; empty: the host
};

class TlsContext {
 public:
  // host: the name or address that the certificate must be for. Throws os::Fatal.
  TlsContext(const TlsFiles& files, const std::string& host);
  ~TlsContext();

  SSL_CTX* get() const { return context_.get(); }

  // What became of the last handshake. Call start_attempt() before each.
  struct Trouble {
    std::string text;      // empty: none
    bool refused = false;  // it is about a certificate, so that trying again is of no use
  };
  void start_attempt();
  // broken_off: the connection ended by a reset, before the broker had answered to CONNECT.
  Trouble trouble(bool broken_off) const;

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  static TlsContext* of(const SSL* ssl);
  static int verify(int good, X509_STORE_CTX* store);
  static int asked(SSL* ssl, void* self);
  static void info(const SSL* ssl, int type, int value);
  void load_trust(const TlsFiles& files);
  void load_own(const TlsFiles& files);
  void expect_host(const std::string& host);

  std::unique_ptr<SSL_CTX, Free> context_;
  const std::string expected_;  // that the certificate must be for
  std::string names_;           // that it is for, where it is another
  std::string server_name_;     // for SNI; empty: the host is an address
  long verify_error_ = 0;       // X509_V_OK
  int alert_ = -1;              // fatal alert from the broker
  bool asked_ = false;          // for a client certificate
  bool done_ = false;           // our side of the handshake
};

}  // namespace meterpipe::mqtt
