package auth

import (
	"context"
	"crypto/sha256"
	"net/http"

	"github.com/ory/herodot"
)

// Holder is who has a key.
type Holder struct {
	// Name is what the log calls them.
	Name string
	// ReadOnly: they may look, and change nothing.
	ReadOnly bool
}

// Keyring knows the holders of keys. Its zero value has none.
type Keyring struct {
	keys    [][sha256.Size]byte
	holders []Holder
}

// Add adds a key, which is kept as a hash.
func (k *Keyring) Add(key string, h Holder) {
	k.keys, k.holders = append(k.keys, sha256.Sum256([]byte(key))), append(k.holders, h)
}

// Guard lets only requests with a key of the ring through, and tells who has it: see
// HolderOf. Others get 401 in Ory's error envelope.
func (k Keyring) Guard(answer herodot.Writer, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		holder, found := k.find(keyOf(r))
		if !found {
			refuse(answer, w, r, "Send a configured API key in X-API-Key or as `Authorization: Bearer`.")
			return
		}
		next.ServeHTTP(w, r.WithContext(WithHolder(r.Context(), holder)))
	})
}

// find compares with every key, so that how long it takes tells nothing.
func (k Keyring) find(key string) (holder Holder, found bool) {
	for i, accepted := range k.keys {
		if same(accepted, key) == 1 {
			holder, found = k.holders[i], true
		}
	}
	return holder, found
}

type holderKey struct{}

// WithHolder returns a context that tells who has the key of a request.
func WithHolder(ctx context.Context, h Holder) context.Context {
	return context.WithValue(ctx, holderKey{}, h)
}

// HolderOf is who has the key of a request that passed a Keyring. Without one it is
// a holder without a name who may only look.
func HolderOf(ctx context.Context) Holder {
	if h, ok := ctx.Value(holderKey{}).(Holder); ok {
		return h
	}
	return Holder{ReadOnly: true}
}
