package storm

import (
	"fmt"
	"math/rand/v2"

	"github.com/nyaruka/phonenumbers"
)

// people returns n invented numbers, each once: those that North America keeps
// for films, over all its area codes.
func people(n int) ([]string, error) {
	numbers := make([]string, 0, n)
	for line := range 100 {
		for area := 201; area < 990; area++ {
			number := fmt.Sprintf("+1%d55501%02d", area, line)
			parsed, err := phonenumbers.Parse(number, "")
			if err != nil || !phonenumbers.IsValidNumber(parsed) {
				continue
			}
			if numbers = append(numbers, number); len(numbers) == n {
				return numbers, nil
			}
		}
	}
	return nil, fmt.Errorf("there are %d invented numbers, not %d: lower the rate or the time", len(numbers), n)
}

func randomCode() string { return fmt.Sprintf("%06d", rand.IntN(1_000_000)) } // #nosec G404 -- a code that opens nothing.
