// Asks the scheduler to let us run soon rather than long.
//
// Beside hundreds of busy programs an equal share of the processor would come too late: a turn of
// the loop is short, but it must come soon, or pipes fill and programs wait.
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace logd {

// For this thread, and for the session if we lead it; neither threads nor programs that it starts
// inherit the thread's part, and what must not hurry needs a session of its own. A short slice
// gives an early deadline (Linux 6.12 and later, no privilege needed); the priority helps on older
// kernels, where we may raise it. Never fails: without either it only takes longer when all
// processors are busy.
void ask_for_early_turns();

}  // namespace logd
