package app

import (
	"strings"

	"github.com/ory/x/logrusx"
)

// connectionLog takes what net/http says of connections on which there was no request:
// most of it are strangers who try a port.
type connectionLog struct {
	log *logrusx.Logger
	// refused is told of a client whose certificate is not signed by an authority of ours.
	refused func()
}

// Write logs one message.
func (l connectionLog) Write(message []byte) (int, error) {
	text := strings.TrimSpace(string(message))
	switch {
	case strings.Contains(text, "panic serving"):
		l.log.WithField("detail", text).Error("A request ended in a panic.")
	case strings.Contains(text, "failed to verify certificate"):
		l.refused()
	default:
		// What stands in quotes a stranger has written.
		detail, _, _ := strings.Cut(text, `"`)
		l.log.WithField("detail", detail).Debug("A connection failed.")
	}
	return len(message), nil
}
