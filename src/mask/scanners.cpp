// SPDX-License-Identifier: Apache-2.0
#include "mask/scanners.h"

#include "mask/cookie.h"
#include "mask/key_value.h"
#include "mask/name_value.h"
#include "mask/private_key.h"
#include "mask/url_userinfo.h"

namespace logd {

Scanner scanner_of(RuleKind kind) {
  switch (kind) {
    case RuleKind::key_value:
      return scan_key_value;
    case RuleKind::name_value:
      return scan_name_value;
    case RuleKind::url_userinfo:
      return scan_url_userinfo;
    case RuleKind::cookie:
      return scan_cookie;
    case RuleKind::private_key:
      return scan_private_key;
    case RuleKind::regex:
    case RuleKind::card:
    case RuleKind::iban:
    case RuleKind::email:
      break;
  }
  return nullptr;
}

}  // namespace logd
