package operator

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// aboutNumbers is what the help of commands that take a number says.
const aboutNumbers = "Without a number, or with -, numbers are read from standard input, one a line: what is an argument stays in\n" +
	"the shell's history and is seen in the list of processes."

// fromInput stands for standard input.
const fromInput = "-"

// numbers are the phone numbers of a call.
func (s *session) numbers(args []string) ([]courier.Phone, error) {
	if len(args) > 0 && args[0] != fromInput {
		phone, err := parse(args[0])
		return []courier.Phone{phone}, err
	}
	if terminal(s.in) {
		_, _ = io.WriteString(s.err, "Number (+...), then Enter: ")
		line, err := bufio.NewReader(s.in).ReadString('\n')
		if err != nil && line == "" {
			return nil, errors.New("there is no number on standard input")
		}
		phone, err := parse(line)
		return []courier.Phone{phone}, err
	}
	var all []courier.Phone
	lines := bufio.NewScanner(s.in)
	for n := 1; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		phone, err := parse(lines.Text())
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		all = append(all, phone)
	}
	if len(all) == 0 && lines.Err() == nil {
		return nil, errors.New("there is no number on standard input")
	}
	return all, lines.Err()
}

// parse reads a number; the error does not show it.
func parse(text string) (courier.Phone, error) {
	phone, err := courier.ParsePhone(text)
	if err != nil {
		return phone, errors.New("this is no phone number in international format, such as +12025550143")
	}
	return phone, nil
}

// terminal reports whether a person types there.
func terminal(in io.Reader) bool {
	file, ok := in.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// ofNumber is the body of a request about a number.
func ofNumber(p courier.Phone) any { return map[string]string{"phone": p.E164()} }
