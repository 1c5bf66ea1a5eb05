package graph

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/world"
)

// reply is an answer of the Graph API and how it goes over the wire.
type reply struct {
	status   int
	body     any
	manner   world.FaultSet
	recorded bool // the journal has the call, with the message that it made
}

// write sends the answer as its faults want it.
func (o reply) write(ctx context.Context, w http.ResponseWriter, raw []byte) {
	if f, ok := o.manner.Find(client.Reset, ""); ok {
		pause(ctx, time.Duration(f.Delay))
		cut(w)
		return
	}
	if o.manner.Has(client.LostAnswer) {
		cut(w)
		return
	}
	if f, ok := o.manner.Find(client.HTTPError, ""); ok {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(f.Status)
		_, _ = w.Write([]byte("<html><head><title>Error</title></head><body>Sorry, something went wrong.</body></html>"))
		return
	}
	if f, ok := o.manner.Find(client.LateAnswer, ""); ok {
		pause(ctx, time.Duration(f.Delay))
	}
	half := len(raw)
	if f, ok := o.manner.Find(client.SlowBody, ""); ok {
		half = len(raw) / 2
		defer func() {
			_ = http.NewResponseController(w).Flush()
			pause(ctx, time.Duration(f.Delay))
			_, _ = w.Write(raw[half:])
		}()
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(raw)))
	w.WriteHeader(o.status)
	_, _ = w.Write(raw[:half]) // a client that has gone needs no answer
}

// cut closes the connection without an answer, with a reset where TCP allows.
func cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil { // HTTP/2 has no connection of its own to cut
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// pause waits in real time, or until the client or the mock gives up.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
