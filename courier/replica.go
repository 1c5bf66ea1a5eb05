package courier

import "time"

// Replica is one of the processes that share a database.
type Replica struct {
	ID ID
	// Serves is what it does, and Version that of its program.
	Serves  Serves
	Version string
	// Started and Beat are when it was first and last heard of, by the database's clock.
	Started, Beat time.Time
	// LastReport is when the last report of Meta came that it knows of; zero before the
	// first.
	LastReport time.Time
	// SealsBy names the secret under which it encrypts.
	SealsBy string
}

// Serves is which part of the work a process does.
type Serves string

// The parts.
const (
	// ServesAll is both listeners and the sending.
	ServesAll Serves = "all"
	// ServesCourier is the private listener and the sending.
	ServesCourier Serves = "courier"
	// ServesWebhook is the public listener alone.
	ServesWebhook Serves = "webhook"
)

// Sends reports whether such a process sends messages.
func (s Serves) Sends() bool { return s != ServesWebhook }

// Private and Public report whether it has that listener.
func (s Serves) Private() bool { return s != ServesWebhook }

// Public is said at Private.
func (s Serves) Public() bool { return s != ServesCourier }

// Senders counts the replicas that send.
func Senders(replicas []Replica) int {
	n := 0
	for _, r := range replicas {
		if r.Serves.Sends() {
			n++
		}
	}
	return n
}
