package testkit

import (
	"fmt"
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// A program that is not run inside the repository has Kratos' configuration too,
// with every file that it refers to.
func TestKratosConfigNeedsNoRepository(t *testing.T) {
	t.Chdir("/")
	_, err := repositoryRoot()
	require.Error(t, err)
	dir := t.TempDir()
	config, err := kratosConfig(KratosOptions{CourierURL: "http://127.0.0.1:4480", CourierKey: "a key"}, dir)
	require.NoError(t, err)
	files := regexp.MustCompile(`file://([^ \]]+)`).FindAllStringSubmatch(fmt.Sprint(config), -1)
	require.NotEmpty(t, files)
	for _, file := range files {
		require.FileExists(t, file[1])
		require.Contains(t, file[1], dir+string(os.PathSeparator))
	}
}
