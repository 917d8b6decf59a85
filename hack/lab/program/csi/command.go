// Package csi is a small CSI driver for clusters whose nodes all live on one machine.
//
// A volume is a folder, or a sparse file with an XFS filesystem on a loop device: the latter has a real size limit and
// grows while mounted. XFS because growing ext4 online needs a capability (CAP_SYS_RESOURCE) that root lacks in many
// containers. Volumes are local: each belongs to one node and the scheduler is told so through topology.
//
// The controller part runs once beside the control plane, the node part on every node; both are this same server.
package csi

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"

	spec "github.com/container-storage-interface/spec/lib/go/csi"
	"github.com/spf13/cobra"
	"google.golang.org/grpc"
	registration "k8s.io/kubelet/pkg/apis/pluginregistration/v1"
)

const (
	// Name is what StorageClasses call their provisioner.
	Name = "csi.lab.lunarx.dev"
	// nodeTopology is the label that ties a volume to its node.
	nodeTopology = "topology.lab.lunarx.dev/node"
)

// driver answers all three CSI services: identity, controller and node.
type driver struct {
	spec.UnimplementedIdentityServer
	spec.UnimplementedControllerServer
	spec.UnimplementedNodeServer

	node    string
	volumes volumeStore
	// creating: the provisioner repeats a call that takes long while it goes on, and two of them format one file.
	creating sync.Mutex
}

// NewCommand serves the driver on a Unix socket until it is told to end.
func NewCommand() *cobra.Command {
	d := &driver{}
	var endpoint, registrationSocket string
	command := &cobra.Command{
		Use:   "csi",
		Short: "CSI driver: folders, or XFS on sparse files",
		RunE: func(*cobra.Command, []string) error {
			return d.run(endpoint, registrationSocket)
		},
	}
	flags := command.Flags()
	flags.StringVar(&endpoint, "endpoint", "/var/lib/kubelet/plugins/"+Name+"/csi.sock", "socket to serve on")
	flags.StringVar(&registrationSocket, "registration", "", "socket in the kubelet's plugins_registry, for the part on a node")
	flags.StringVar(&d.node, "node", "", "name of the node, for the part on a node")
	flags.StringVar(&d.volumes.root, "data", "/run/lunarlab-volumes", "folder of all volumes of the cluster")
	return command
}

func (d *driver) run(endpoint, registrationSocket string) error {
	server, err := serve(endpoint, func(s *grpc.Server) {
		spec.RegisterIdentityServer(s, d)
		spec.RegisterControllerServer(s, d)
		spec.RegisterNodeServer(s, d)
	})
	if err != nil {
		return err
	}
	defer server.Stop()
	if registrationSocket != "" {
		registrar, err := serve(registrationSocket, func(s *grpc.Server) {
			registration.RegisterRegistrationServer(s, &registrar{endpoint: endpoint})
		})
		if err != nil {
			return err
		}
		defer os.Remove(registrationSocket)
		defer registrar.Stop()
	}
	fmt.Println("csi is ready on", endpoint, "node", d.node)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	<-stop
	return nil
}

// serve replaces whatever socket an earlier, killed driver left at path.
func serve(path string, register func(*grpc.Server)) (*grpc.Server, error) {
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	server := grpc.NewServer()
	register(server)
	go server.Serve(listener)
	return server, nil
}

// registrar tells the kubelet about the driver, as the node-driver-registrar sidecar does elsewhere.
type registrar struct {
	registration.UnimplementedRegistrationServer
	endpoint string
}

func (r *registrar) GetInfo(context.Context, *registration.InfoRequest) (*registration.PluginInfo, error) {
	return &registration.PluginInfo{
		Type:              registration.CSIPlugin,
		Name:              Name,
		Endpoint:          r.endpoint,
		SupportedVersions: []string{"1.0.0"},
	}, nil
}

func (r *registrar) NotifyRegistrationStatus(_ context.Context, s *registration.RegistrationStatus) (*registration.RegistrationStatusResponse, error) {
	fmt.Println("registered:", s.PluginRegistered, s.Error)
	return &registration.RegistrationStatusResponse{}, nil
}
