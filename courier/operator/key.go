package operator

import (
	"fmt"
	"os"
	"strings"
)

// apiKey is the key of the environment, or of the file that KeyEnv with _FILE at its end
// names, as containers have it.
func apiKey() (string, error) {
	const fileEnv = KeyEnv + "_FILE"
	key, file := os.Getenv(KeyEnv), os.Getenv(fileEnv)
	switch {
	case key != "" && file != "":
		return "", fmt.Errorf("the environment has both %s and %s; unset one of them", KeyEnv, fileEnv)
	case file != "":
		text, err := os.ReadFile(file) //nolint:gosec // the operator names it
		if err != nil {
			return "", fmt.Errorf("%s: %w", fileEnv, err)
		}
		key = strings.TrimRight(string(text), "\r\n")
	}
	if key == "" {
		return "", fmt.Errorf("%s is not set: it must hold one of the courier's admin.api_keys, or %s name a file with it", KeyEnv, fileEnv)
	}
	return key, nil
}
