package mockmeta

// faults are one-shot faults that the control API has planted.
type faults struct {
	sendErrors []sendError
}

type sendError struct {
	number string // digits; empty for any recipient
	code   int
}

func (f *faults) addSendError(number string, code int) {
	f.sendErrors = append(f.sendErrors, sendError{number, code})
}

// takeSendError takes the oldest fault that is meant for number.
func (f *faults) takeSendError(number string) (code int, planted bool) {
	for i, e := range f.sendErrors {
		if e.number == "" || e.number == number {
			f.sendErrors = append(f.sendErrors[:i], f.sendErrors[i+1:]...)
			return e.code, true
		}
	}
	return 0, false
}
