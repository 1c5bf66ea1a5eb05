package mockmeta

import "sync"

// feed tells open pages what changed.
type feed struct {
	mu   sync.Mutex
	subs map[chan update]bool
}

// update names what changed: a message of a phone, the phone itself when the
// message is empty, or everything when both are.
type update struct {
	number, message string
	// refused: a request was refused, or taken with a warning.
	refused bool
}

func newFeed() *feed { return &feed{subs: map[chan update]bool{}} }

func (f *feed) subscribe() (<-chan update, func()) {
	ch := make(chan update, 256)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.subs[ch] = true
	return ch, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.subs[ch] {
			delete(f.subs, ch)
			close(ch)
		}
	}
}

func (f *feed) publish(number, message string) { f.send(update{number: number, message: message}) }

func (f *feed) publishRefusal() { f.send(update{refused: true}) }

// send never blocks. A page that cannot follow is cut off; it comes back by
// itself and is drawn anew.
func (f *feed) send(u update) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for ch := range f.subs {
		select {
		case ch <- u:
		default:
			delete(f.subs, ch)
			close(ch)
		}
	}
}
