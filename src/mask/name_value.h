// Finds the values of pairs whose key is itself a value: a name here, what it names there.
//
//   {"name":"DB_PASSWORD","value":"V"}   in either order, at any depth of quotes, other members
//   {Name:DB_PASSWORD Value:V}           between them; also key, field, header, type, ... for name
//   name=DB_PASSWORD value=V             and val, content, data, ... for value
//   <add key="Password" value="V"/>  <entry key="password">V</entry>
//   ('password', 'V')  ["password","V"]  'X-Api-Key', 'V'
//
// The keyword is that of the key (key.h). A pair of which the second part looks like another name
// ("password","email") is none. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mask/scanner.h"

namespace logd {

void scan_name_value(const KeywordHit& hit, Secrets& secrets) noexcept;

}  // namespace logd
