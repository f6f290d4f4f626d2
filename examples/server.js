// SPDX-License-Identifier: Apache-2.0
// Something to capture: a line on each stream now and then, until it is stopped.
let number = 0;
setInterval(() => {
  console.log(`request ${++number} served`);
  if (number % 5 === 0) console.error(`request ${number} was slow`);
}, 200);
process.on("SIGINT", () => process.exit(0)); // what PM2 stops with
process.on("SIGTERM", () => process.exit(0));
