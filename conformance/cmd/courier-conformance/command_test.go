package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
)

func TestTheCommandRepeatsTheRun(t *testing.T) {
	t.Parallel()
	usual := options{targetChoice: targetChoice{target: ours}, maxWait: usualWait, jobs: 6, seed: 7, store: courierStore{replicas: 1}}
	require.Equal(t, "courier-conformance run --jobs 6 --seed 7", usual.command())
	o := usual
	o.target, o.kratosDSN, o.expected = "/home/someone/mine.yml", "postgres://u:p@h/d", "/home/someone/known.yml"
	o.strict, o.maxWait = true, time.Minute
	o.choice = choice{profiles: []string{"core"}, focus: []string{"it's late"}, quick: true}
	require.Equal(t, `courier-conformance run --target mine.yml --kratos-dsn "$KRATOS_DSN" --profile core --focus 'it'\''s late' --quick --expected known.yml --strict --max-wait 1m0s --jobs 6 --seed 7`, o.command())
	o = usual
	o.target, o.tap, o.kratos = "mine.yml", "0.0.0.0:4479", target.Kratos{Public: "http://k:4433", Admin: "http://k:4434"}
	require.Equal(t, "courier-conformance run --target mine.yml --kratos-public http://k:4433 --kratos-admin http://k:4434 --tap 0.0.0.0:4479 --jobs 6 --seed 7", o.command())
	o = usual
	o.targetChoice = targetChoice{target: "ory-express", targetDir: "/home/someone/webhook", targetVersion: "3842e6e"}
	o.withoutLogs = true
	require.Equal(t, "courier-conformance run --target ory-express --target-dir webhook --target-version 3842e6e --without-logs --jobs 6 --seed 7", o.command())
	o = usual
	o.kratosDSN, o.store.dsn, o.slow = newPostgres, "postgres://u:p@h/d", true
	require.Equal(t, `courier-conformance run --kratos-dsn new --courier-dsn "$COURIER_DSN" --slow --jobs 6 --seed 7`, o.command())
}
