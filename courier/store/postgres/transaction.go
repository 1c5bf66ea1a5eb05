package postgres

import (
	"context"
	"encoding/binary"
	"hash/fnv"
	"iter"
	"slices"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// transaction runs the operations of a batch together. Each is written as if it were
// alone, a statement after the other; but it is suspended wherever it needs an answer,
// and what all of them ask at that moment travels in one pipeline. So a batch takes as
// many round trips as its longest operation, not as many as it has statements.
//
// Operations with a key in common run one after the other, in the order of their
// callers.
type transaction struct {
	tasks []*task
	locks []int64
	again bool
	shard int
}

// task is an operation under way.
type task struct {
	statements
	keys   []int64
	resume func() (struct{}, bool)
	cancel func()
	ended  bool
	err    error
}

// newTransaction prepares operations. Again says that a former run of them may have
// been committed.
func newTransaction(schema string, ops []store.Op, again bool) *transaction {
	x := &transaction{again: again}
	for _, op := range ops {
		t := &task{}
		for _, key := range op.Keys {
			t.keys = append(t.keys, lockOf(schema, key))
		}
		x.locks = append(x.locks, t.keys...)
		t.resume, t.cancel = iter.Pull(func(yield func(struct{}) bool) {
			t.round = func() bool { return yield(struct{}{}) }
			t.err = run(t, op, again)
		})
		x.tasks = append(x.tasks, t)
	}
	// One order for all replicas: none waits for another that waits for it.
	slices.Sort(x.locks)
	x.locks = slices.Compact(x.locks)
	return x
}

func run(t *task, op store.Op, again bool) error {
	if again && op.Done != nil {
		done, err := op.Done(&t.statements)
		if err != nil || done {
			return err
		}
	}
	return op.Do(&t.statements)
}

// lockOf is the number of an advisory lock. Two keys with one number merely wait for
// each other. Couriers in other schemas of the database have other numbers.
func lockOf(schema string, key []byte) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(schema))
	_, _ = h.Write(key)
	return int64(binary.BigEndian.Uint64(h.Sum(nil))) //nolint:gosec // a number like any other
}

// close gives up the operations that have not ended.
func (x *transaction) close() {
	for _, t := range x.tasks {
		t.cancel()
	}
}

// bounds are those that the server keeps when a replica that holds locks is cut off from
// it, so that others wait for seconds and not until the network notices. Every plan fits
// every value: all these statements go by a key, also behind a pooler (see lookUp).
const bounds = `
SELECT set_config('idle_in_transaction_session_timeout', '5s', true), set_config('lock_timeout', '4s', true),
       set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true),
       set_config('jit', 'off', true)`

// rounds runs the operations, up to the commit that is part of the last round.
// committing tells whether that was sent when it failed.
func (x *transaction) rounds(ctx context.Context, p *pipeline) (committing bool, err error) {
	round := []*statement{{text: "BEGIN"}, {text: bounds}}
	if len(x.locks) > 0 {
		round = append(round, &statement{text: "SELECT pg_advisory_xact_lock(k) FROM unnest(?::bigint[]) AS k", args: []any{x.locks}})
	}
	for {
		asked, ended, err := x.step()
		if err != nil {
			return false, err
		}
		round = append(round, asked...)
		if ended {
			round = append(append(round, x.tallied()...), &statement{text: "COMMIT"})
		}
		if err := p.run(ctx, round, ended); err != nil || ended {
			return ended, err
		}
		round = nil
	}
}

// step lets every operation go on that need not wait for an earlier one, until it needs
// an answer, and returns what they ask. It reports whether all have ended.
func (x *transaction) step() (asked []*statement, ended bool, err error) {
	held := make(map[int64]bool)
	ended = true
	for _, t := range x.tasks {
		if t.ended {
			continue
		}
		if !slices.ContainsFunc(t.keys, func(k int64) bool { return held[k] }) {
			_, waits := t.resume()
			t.ended = !waits
			asked = append(asked, t.queued...)
			t.queued = nil
			if t.err != nil {
				return nil, false, t.err
			}
		}
		if t.ended {
			continue
		}
		ended = false
		for _, k := range t.keys {
			held[k] = true
		}
	}
	return asked, ended, nil
}

// tallied are the statements that add to the reports what all operations have tallied.
// They go with the commit, so that others do not wait for these rows for long.
func (x *transaction) tallied() []*statement {
	var all store.Tallies
	for _, t := range x.tasks {
		all.Merge(t.Tallies)
	}
	var sent statements
	_ = all.Write(x.shard, sent.exec) // it only queues
	return sent.queued
}
