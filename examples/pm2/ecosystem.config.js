// SPDX-License-Identifier: Apache-2.0
module.exports = {
  apps: [
    {
      name: "web",
      script: "logctl",
      interpreter: "none",
      args: ["run", "web", "--", "node", "../server.js"],
      out_file: "/dev/null",
      error_file: "/dev/null",
      kill_timeout: 8000,
    },
    {
      // Several instances, each with a log of its own.
      name: "worker",
      script: "sh",
      interpreter: "none",
      args: ["-c", 'exec logctl run --instance "$NODE_APP_INSTANCE" worker -- node ../server.js'],
      instances: 2,
      exec_mode: "fork",
      out_file: "/dev/null",
      error_file: "/dev/null",
      kill_timeout: 8000,
    },
  ],
};
