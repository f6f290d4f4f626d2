// SPDX-License-Identifier: Apache-2.0
const fifos = "/run/logd/fifo"; // <run_dir>/fifo

module.exports = {
  apps: [
    {
      name: "web",
      script: "../server.js",
      merge_logs: true, // or PM2 adds a number to the names
      out_file: `${fifos}/web.out`,
      error_file: `${fifos}/web.err`,
    },
  ],
};
