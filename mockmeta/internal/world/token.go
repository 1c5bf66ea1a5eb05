package world

import "time"

// LimitToken lets the access token end after life; 0 lets it live for ever.
func (w *World) LimitToken(life time.Duration) {
	w.do(func(s *state) {
		s.tokenEnds = time.Time{}
		if life != 0 {
			s.tokenEnds = s.clock.Now().Add(life)
		}
	})
}

// TokenEnd is when the access token ends, or zero, and whether that is past.
func (w *World) TokenEnd() (end time.Time, expired bool) {
	w.do(func(s *state) {
		end, expired = s.tokenEnds, !s.tokenEnds.IsZero() && !s.clock.Now().Before(s.tokenEnds)
	})
	return end, expired
}
