package world

import "sync"

// feed reports what changed to open pages.
type feed struct {
	mu   sync.Mutex
	subs map[chan Update]bool
}

// Update names what changed: a message of a phone, the phone itself when the
// message is empty, or everything when both are.
type Update struct {
	Phone, Message string
	// Refused: a request was refused, or taken with a warning.
	Refused bool
}

func newFeed() *feed { return &feed{subs: map[chan Update]bool{}} }

func (f *feed) subscribe() (<-chan Update, func()) {
	ch := make(chan Update, 256)
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

func (f *feed) publish(phone, message string) { f.send(Update{Phone: phone, Message: message}) }

func (f *feed) publishRefusal() { f.send(Update{Refused: true}) }

// send never blocks. A page that cannot follow is cut off; it comes back by
// itself and is drawn anew.
func (f *feed) send(u Update) {
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
