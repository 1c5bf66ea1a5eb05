package store

import (
	"context"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// Shared is what a store can do beside that is made for several replicas.
type Shared interface {
	// Now is what time it is by the database's clock.
	Now() time.Time
	// Beat notes that a replica is alive, and returns all that were heard of within
	// `alive`, itself among them, the oldest first. Those that were not are forgotten.
	// The instants are the database's; Started, Beat and SealsBy of r are not looked at.
	Beat(ctx context.Context, r courier.Replica, alive time.Duration) ([]courier.Replica, error)
	// Lead reports whether a replica is the one that does a task for all: for that long,
	// and longer if it asks again before. Of those that ask while none leads, one does.
	Lead(ctx context.Context, id courier.ID, task string, lease time.Duration) (bool, error)
	// Leave forgets a replica.
	Leave(ctx context.Context, id courier.ID) error
	// Resign gives up a task that a replica leads.
	Resign(ctx context.Context, id courier.ID, task string) error
}
