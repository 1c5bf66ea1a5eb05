package release_test

import (
	"bytes"
	"debug/buildinfo"
	"debug/elf"
	"debug/macho"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// requireProgram looks into a program that may be for another machine than this one.
func requireProgram(t *testing.T, file, platform, version string) {
	t.Helper()
	here := platform + " " + filepath.Base(file)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Less(t, len(text), 40<<20, "%s: a program has less than 40 MB", here)
	require.True(t, bytes.Contains(text, []byte(version)), "%s: it does not know its version %s", here, version)
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o755), info.Mode().Perm(), here)

	built, err := buildinfo.Read(bytes.NewReader(text))
	require.NoError(t, err, here)
	settings := map[string]string{}
	for _, setting := range built.Settings {
		settings[setting.Key] = setting.Value
	}
	system, processor, _ := strings.Cut(platform, "/")
	require.Equal(t, system, settings["GOOS"], here)
	require.Equal(t, processor, settings["GOARCH"], here)
	require.Equal(t, "0", settings["CGO_ENABLED"], here)
	require.Equal(t, "true", settings["-trimpath"], here)
	if system == "linux" {
		requireStatic(t, text, here, map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}[processor])
	} else {
		requireMac(t, text, here, map[string]macho.Cpu{"amd64": macho.CpuAmd64, "arm64": macho.CpuArm64}[processor])
	}
}

// requireStatic: a program for Linux that runs where there is no library, as in an image from
// scratch.
func requireStatic(t *testing.T, text []byte, here string, machine elf.Machine) {
	t.Helper()
	program, err := elf.NewFile(bytes.NewReader(text))
	require.NoError(t, err, here)
	require.Equal(t, machine, program.Machine, here)
	require.Equal(t, elf.ET_EXEC, program.Type, here)
	for _, part := range program.Progs {
		require.NotContains(t, []elf.ProgType{elf.PT_INTERP, elf.PT_DYNAMIC}, part.Type, "%s is linked dynamically", here)
	}
}

// requireMac: a program for macOS that needs nothing but the system, and that the kernel of
// an arm64 starts: it wants a signature, if only one that nobody vouches for.
func requireMac(t *testing.T, text []byte, here string, processor macho.Cpu) {
	t.Helper()
	program, err := macho.NewFile(bytes.NewReader(text))
	require.NoError(t, err, here)
	require.Equal(t, processor, program.Cpu, here)
	require.Equal(t, macho.TypeExec, program.Type, here)
	libraries, err := program.ImportedLibraries()
	require.NoError(t, err, here)
	for _, library := range libraries {
		require.Regexp(t, "^(/usr/lib/|/System/Library/Frameworks/)", library, here)
	}
	if processor != macho.CpuArm64 {
		return
	}
	const codeSignature = 0x1d // LC_CODE_SIGNATURE of Apple's mach-o/loader.h
	var commands []uint32
	for _, load := range program.Loads {
		commands = append(commands, binary.LittleEndian.Uint32(load.Raw()))
	}
	require.Contains(t, commands, uint32(codeSignature), here)
}
