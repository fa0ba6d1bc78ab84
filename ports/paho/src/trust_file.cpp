// SPDX-License-Identifier: MIT
#include <hubtwin/paho/trust_file.hpp>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <exception>
#include <memory>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <unistd.h>

HUBTWIN_NAMESPACE_BEGIN
namespace paho {
namespace {

Status unreadable() {
  const int reason = ERR_GET_REASON(ERR_peek_last_error());
  ERR_clear_error();
  return Status::with_tls_code(Error::kTlsTrustUnreadable, reason);
}

// Each certificate is looked at: OpenSSL's loading passes over what stands behind a damaged one.
Status check_certificates(std::string_view text) {
  if (text.size() > INT_MAX) {
    return Error::kTlsTrustUnreadable;
  }
  ERR_clear_error();
  const std::unique_ptr<BIO, int (*)(BIO*)> memory(
      BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free);
  if (memory == nullptr) {
    return Error::kNoSpace;
  }
  bool any = false;
  for (;;) {
    const std::unique_ptr<X509, void (*)(X509*)> certificate(
        PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr), X509_free);
    if (certificate == nullptr) {
      const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
      if (!any || !at_end) {
        return unreadable();
      }
      ERR_clear_error();
      return {};
    }
    any = true;
  }
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written <= 0) {
      return false;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

Status put_in_place(std::string_view text, const std::string& path) {
  const std::string beside = path + ".new";
  // Not through a link that somebody else may have put there.
  const int fd =
      ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
  bool done = fd >= 0 && write_all(fd, text);
  int reason = errno;
  if (fd >= 0 && ::close(fd) != 0 && done) {
    done = false;
    reason = errno;
  }
  if (done && std::rename(beside.c_str(), path.c_str()) != 0) {
    done = false;
    reason = errno;
  }
  if (done) {
    return {};
  }
  if (fd >= 0) {
    ::unlink(beside.c_str());
  }
  return Status::with_os_code(Error::kStorageFailed, reason);
}

}  // namespace

TrustFile::TrustFile(std::string path) : path_(std::move(path)) {}

Status TrustFile::replace(ByteView bundle) {
  std::string_view text = as_text(bundle);
  if (!text.empty() && text.back() == '\0') {
    text.remove_suffix(1);
  }
  try {
    const Status readable = check_certificates(text);
    return readable.ok() ? put_in_place(text, path_) : readable;
  } catch (const std::exception&) {
    return Error::kNoSpace;
  }
}

}  // namespace paho
HUBTWIN_NAMESPACE_END
