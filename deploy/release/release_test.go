// Package release_test builds a release twice and looks into it.
package release_test

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// checkout is a clone of this repository in a folder of its own.
func checkout(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "clone")
	out, err := exec.CommandContext(t.Context(), "git", "clone", "--quiet", "--shared", "../..", folder).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return folder
}

// platforms are those that a release has archives for.
func platforms() []string {
	return []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64"}
}

// released builds the archives for these platforms, and returns the folder.
func released(t *testing.T, clone string, platforms ...string) string {
	t.Helper()
	folder := t.TempDir()
	build := exec.CommandContext(t.Context(), filepath.Join(clone, "deploy/release/release.sh"), append([]string{folder}, platforms...)...)
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return folder
}

// archive returns the archive for a platform in a folder, and the version in its name.
func archive(t *testing.T, folder, platform string) (file, version string) {
	t.Helper()
	end := "_" + strings.ReplaceAll(platform, "/", "_") + ".tar.gz"
	archives, err := filepath.Glob(filepath.Join(folder, "whatsapp-courier_*"+end))
	require.NoError(t, err)
	require.Len(t, archives, 1, platform)
	return archives[0], strings.TrimSuffix(strings.TrimPrefix(filepath.Base(archives[0]), "whatsapp-courier_"), end)
}

// Two builds in two folders give the same bytes, and the archive for each platform has all
// that a user needs. Only the second build is of one platform, to save time.
func TestReleaseIsReproducible(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("tar and sha256sum of other systems take other flags")
	}
	here := runtime.GOOS + "/" + runtime.GOARCH
	folder := released(t, checkout(t), platforms()...)
	first, version := archive(t, folder, here)
	second, _ := archive(t, released(t, checkout(t), here), here)
	one, err := os.ReadFile(first)
	require.NoError(t, err)
	two, err := os.ReadFile(second)
	require.NoError(t, err)
	require.Equal(t, filepath.Base(first), filepath.Base(second))
	require.Equal(t, sha256.Sum256(one), sha256.Sum256(two), "the two archives differ")
	sums, err := os.ReadFile(filepath.Join(folder, "SHA256SUMS"))
	require.NoError(t, err)

	for _, platform := range platforms() {
		file, _ := archive(t, folder, platform)
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Contains(t, string(sums), fmt.Sprintf("%x  %s\n", sha256.Sum256(text), filepath.Base(file)))
		programs := unpack(t, file)
		for _, name := range []string{"LICENSE", "README.md", "CHANGELOG.md", "courier.yml", "whatsapp-courier.service", "kratos/kratos.yml", "kratos/message.jsonnet"} {
			require.FileExists(t, filepath.Join(programs, name), platform)
		}
		for _, program := range []string{"whatsapp-courier", "mockmeta"} {
			requireProgram(t, filepath.Join(programs, program), platform, version)
			requireBill(t, programs, program)
			if platform == here {
				out, err := exec.CommandContext(t.Context(), filepath.Join(programs, program), "--version").CombinedOutput()
				require.NoError(t, err, "%s", out)
				require.Contains(t, string(out), version)
			}
		}
	}
}

// requireBill compares the bill of materials and the notices with what a program says about
// itself.
func requireBill(t *testing.T, folder, program string) {
	t.Helper()
	info, err := buildinfo.ReadFile(filepath.Join(folder, program))
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(folder, program+".cdx.json"))
	require.NoError(t, err)
	var bill struct {
		Format     string `json:"bomFormat"`
		Components []struct{ Name, Version string }
	}
	require.NoError(t, json.Unmarshal(text, &bill))
	require.Equal(t, "CycloneDX", bill.Format)
	notices, err := os.ReadFile(filepath.Join(folder, "THIRD-PARTY-NOTICES.txt"))
	require.NoError(t, err)
	want := []string{"std " + info.GoVersion}
	for _, module := range info.Deps {
		want = append(want, module.Path+" "+module.Version)
	}
	var found []string
	for _, component := range bill.Components {
		found = append(found, component.Name+" "+component.Version)
	}
	require.ElementsMatch(t, want, found)
	for _, module := range want {
		require.Contains(t, string(notices), "\n"+module+": LICENSE", "with the text of its licence")
	}
}

// unpack returns the folder that an archive holds.
func unpack(t *testing.T, archive string) string {
	t.Helper()
	file, err := os.Open(archive)
	require.NoError(t, err)
	defer file.Close()
	zipped, err := gzip.NewReader(file)
	require.NoError(t, err)
	folder := t.TempDir()
	for files := tar.NewReader(zipped); ; {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		require.Zero(t, header.Uid)
		name := filepath.Join(folder, filepath.Clean("/"+header.Name))
		if header.Typeflag == tar.TypeDir {
			require.NoError(t, os.MkdirAll(name, 0o750))
			continue
		}
		text, err := io.ReadAll(files)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(name, text, header.FileInfo().Mode()))
	}
	return filepath.Join(folder, strings.TrimSuffix(filepath.Base(archive), ".tar.gz"))
}
