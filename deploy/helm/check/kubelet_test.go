package check

import (
	"path"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	core "k8s.io/api/core/v1"
)

// kubelet finds out what a container of a pod would see.
type kubelet struct {
	t       *testing.T
	objects objects
	pod     core.PodSpec
}

// files are the contents of all mounted files, by path.
func (k kubelet) files() map[string]string {
	k.t.Helper()
	files := make(map[string]string)
	for _, mount := range k.pod.Containers[0].VolumeMounts {
		at := slices.IndexFunc(k.pod.Volumes, func(v core.Volume) bool { return v.Name == mount.Name })
		require.GreaterOrEqual(k.t, at, 0, "there is no volume %s", mount.Name)
		for name, text := range k.volume(k.pod.Volumes[at]) {
			files[path.Join(mount.MountPath, name)] = text
		}
	}
	return files
}

// volume is what a volume that is made of other objects has in it.
func (k kubelet) volume(v core.Volume) map[string]string {
	k.t.Helper()
	if v.ConfigMap != nil {
		return k.configMap(v.ConfigMap.Name)
	}
	if v.Secret != nil {
		require.Contains(k.t, k.objects.secrets, v.Secret.SecretName)
		return k.objects.secrets[v.Secret.SecretName].StringData
	}
	files := make(map[string]string)
	if v.Projected == nil {
		return files
	}
	for _, source := range v.Projected.Sources {
		if source.ConfigMap != nil {
			for name, text := range k.configMap(source.ConfigMap.Name) {
				files[name] = text
			}
		}
		if source.Secret != nil {
			for _, item := range source.Secret.Items {
				files[item.Path] = k.secret(source.Secret.Name, item.Key)
			}
		}
	}
	return files
}

func (k kubelet) configMap(name string) map[string]string {
	k.t.Helper()
	require.Contains(k.t, k.objects.configMaps, name)
	return k.objects.configMaps[name].Data
}

func (k kubelet) secret(name, key string) string {
	k.t.Helper()
	require.Contains(k.t, k.objects.secrets, name)
	require.Contains(k.t, k.objects.secrets[name].StringData, key, "of the Secret %s", name)
	return k.objects.secrets[name].StringData[key]
}

// environment are a container's variables.
func (k kubelet) environment(c core.Container) map[string]string {
	k.t.Helper()
	environment := make(map[string]string)
	for _, variable := range c.Env {
		require.NotContains(k.t, environment, variable.Name)
		environment[variable.Name] = variable.Value
		if from := variable.ValueFrom; from != nil {
			environment[variable.Name] = k.secret(from.SecretKeyRef.Name, from.SecretKeyRef.Key)
		}
	}
	return environment
}
