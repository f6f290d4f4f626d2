// Reads the fields of one line: the members of a JSON object, or the pairs key=value of logfmt.
//
// A line is JSON if its first byte that is no space is '{'. In any other line a pair stands where a
// key (no space, '=' or '"' in it) follows the begin of the line or a space and is followed by '='
// and a value: up to the next space, or in double quotes with the escapes of JSON. What the
// fields mean is level.h's and field_condition.h's business.
//
// A JSON line that is cut off has no fields, one that is broken those before the break. Bytes of
// JSON that are not UTF-8 count as '?'. Of members of one name the first counts. One thread at a
// time per object.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace logd {

// Called with the key and the value of a field until it returns true. Valid during the call. A
// value is the text of a string, or a number, true, false and null as they are written.
using FieldVisit = std::function<bool(std::string_view key, std::string_view value)>;

class LineFields {
 public:
  LineFields();
  ~LineFields();
  LineFields(LineFields&&) noexcept;
  LineFields& operator=(LineFields&&) noexcept;

  // Takes the line whose fields are asked for; it stays the caller's and must stay valid. Costs
  // nothing yet.
  void set_line(std::string_view line);

  // Whether the line looks like JSON.
  bool is_json() const { return is_json_; }

  // Visits every field: of JSON the members of the outermost object, in order, that are no objects
  // and no arrays. Returns whether the visit ended it.
  bool each(const FieldVisit& visit);

  // Visits the values of the field `key`. In JSON it may lie in objects, each of which a dot leads
  // into, "user.id"; a member whose own name has the dot is found as well, and comes first. Of an
  // array each element is visited that is no object and no array. Returns whether the visit ended
  // it.
  bool values_of(std::string_view key, const FieldVisit& visit);

 private:
  struct Json;
  bool open_json();
  bool each_pair(const FieldVisit& visit);

  std::string_view line_;
  bool is_json_ = false;
  bool is_open_ = false;
  bool is_broken_ = false;
  std::unique_ptr<Json> json_;
  std::string unescaped_;
};

}  // namespace logd
