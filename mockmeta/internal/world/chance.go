package world

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
)

// chance makes decisions by a seed. A decision depends only on the seed and on
// what it is about, not on what else happens meanwhile, so that a run with the
// same seed and the same sends replays exactly, however goroutines interleave.
type chance struct{ seed uint64 }

// about returns the dice for the n-th event of that kind.
func (c chance) about(what, key string, n uint64) *rand.Rand {
	h := fnv.New64a()
	var buf [8]byte
	write := func(v uint64) {
		binary.LittleEndian.PutUint64(buf[:], v)
		_, _ = h.Write(buf[:]) // a hash never fails
	}
	write(c.seed)
	write(uint64(len(what)))
	_, _ = h.Write([]byte(what + key))
	write(n)
	return rand.New(rand.NewPCG(h.Sum64(), 0))
}

// serial is the part of a message id that makes it unique.
func serial(dice *rand.Rand) string {
	return fmt.Sprintf("%016X%02X", dice.Uint64(), dice.Uint64()>>56)
}

// ordinals counts events by key. It starts anew when there are too many keys.
type ordinals struct {
	counts map[string]uint64
	epoch  uint64
}

// maxOrdinals bounds the keys that are counted.
const maxOrdinals = 100_000

func (o *ordinals) next(key string) uint64 {
	if o.counts == nil || len(o.counts) >= maxOrdinals {
		o.counts = map[string]uint64{}
		o.epoch += 1 << 40
	}
	o.counts[key]++
	return o.epoch + o.counts[key]
}
