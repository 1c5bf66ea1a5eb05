// Package bench measures the courier from outside: what a message costs, how long Kratos
// waits for its answer, and how both hold with many stored deliveries.
//
// Beside the courier works a relay that makes the same HTTP exchanges and stores
// nothing, so that what is said are ratios, which hold on other machines too. All
// targets are measured in turns, round by round, and the median of the rounds counts: a
// noisy machine is noisy for all of them. The generator and a stand-in for Meta that
// answers at once run in this process, the targets in processes of their own, whose
// processor time the kernel counts (Linux).
package bench
